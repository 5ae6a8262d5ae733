"""A PyTorch loop as tutorials write it: a DataLoader, Adam, loss and accuracy read at every step."""

import torch
from torch.utils.data import DataLoader, TensorDataset

from contenders.torch_common import DEVICE, build, loss_function, one_sample, tensors, versions, wait

__all__ = ["prepare", "versions"]


def prepare(case):
    if case.action != "fit":
        return one_sample(case)
    model = build(case)
    optimizer = torch.optim.Adam(model.parameters())
    x, y = (tensor.cpu() for tensor in tensors(case))
    loss_of = loss_function(case)
    classes = case.model == "quickstart"

    def train(x, y, epochs):
        loader = DataLoader(TensorDataset(x, y), batch_size=case.batch, shuffle=True)
        model.train()
        for _ in range(epochs):
            running_loss, correct = 0.0, 0
            for x_batch, y_batch in loader:
                x_batch, y_batch = x_batch.to(DEVICE), y_batch.to(DEVICE)
                optimizer.zero_grad()
                predicted = model(x_batch)
                loss = loss_of(predicted, y_batch)
                loss.backward()
                optimizer.step()
                running_loss += loss.item()
                if classes:
                    correct += (predicted.argmax(1) == y_batch).sum().item()
        wait()

    warm = case.warm_up * case.batch
    train(x[:warm], y[:warm], 1)
    return lambda: train(x, y, case.epochs)
