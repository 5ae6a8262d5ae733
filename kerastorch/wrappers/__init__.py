from kerastorch.wrappers.sklearn import SKLearnClassifier as SKLearnClassifier
from kerastorch.wrappers.sklearn import SKLearnRegressor as SKLearnRegressor
from kerastorch.wrappers.sklearn import SKLearnTransformer as SKLearnTransformer
