from kerastorch.legacy import saving as saving
