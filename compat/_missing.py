"""Makes `tf.nothing` an AttributeError that says that the name is not there, and where to look."""

from kerastorch.migrate.missing import explain_missing_attributes

explain_missing_attributes(("compat",))
