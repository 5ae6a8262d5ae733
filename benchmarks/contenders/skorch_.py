"""skorch, a scikit-learn interface to PyTorch."""

import skorch
import torch
from skorch.callbacks import EpochScoring

from contenders.torch_common import DEVICE, build, one_sample, tensors, wait


def versions():
    return {"skorch": skorch.__version__, "torch": torch.__version__}


def prepare(case):
    if case.action == "call":
        return one_sample(case)
    classes = case.model == "quickstart"
    options = dict(
        optimizer=torch.optim.Adam,
        batch_size=case.batch,
        iterator_train__shuffle=True,
        train_split=None,
        verbose=0,
        device=DEVICE,
        max_epochs=1,
    )
    if classes:
        accuracy = EpochScoring("accuracy", on_train=True, name="train_acc", lower_is_better=False)
        net = skorch.NeuralNetClassifier(
            build(case), criterion=torch.nn.CrossEntropyLoss, callbacks=[accuracy], **options
        )
    else:
        net = skorch.NeuralNetRegressor(build(case), **options)
    x, y = (tensor.cpu().numpy() for tensor in tensors(case))
    net.initialize()
    if case.action == "predict":

        def calls(count):
            for _ in range(count):
                net.predict_proba(x[:1])

        calls(case.warm_up)
        return lambda: calls(case.repeats)

    warm = case.warm_up * case.batch
    net.partial_fit(x[:warm], y[:warm], epochs=1)

    def work():
        net.partial_fit(x, y, epochs=case.epochs)
        wait()

    return work
