"""A PyTorch loop tuned by hand: the floor that the others are compared with.

The data is on the device as float32 before the clock starts, an epoch is one permutation cut by
`index_select`, Adam is the fused one, loss and correct answers add up on the device, no step waits for it.
"""

import torch

from contenders.torch_common import DEVICE, build, loss_function, one_sample, tensors, versions, wait

__all__ = ["prepare", "versions"]


def prepare(case):
    if case.action != "fit":
        return one_sample(case)
    model = build(case).train()
    optimizer = torch.optim.Adam(model.parameters(), eps=1e-7, fused=True)
    x, y = tensors(case)
    loss_of = loss_function(case)
    classes = case.model == "quickstart"

    def train(x, y, epochs):
        for _ in range(epochs):
            order = torch.randperm(len(x), device=DEVICE)
            loss_sum = torch.zeros((), device=DEVICE)
            correct = torch.zeros((), dtype=torch.long, device=DEVICE)
            for start in range(0, len(x), case.batch):
                index = order[start : start + case.batch]
                x_batch, y_batch = x.index_select(0, index), y.index_select(0, index)
                predicted = model(x_batch)
                loss = loss_of(predicted, y_batch)
                loss.backward()
                optimizer.step()
                optimizer.zero_grad()
                loss_sum += loss.detach() * len(index)
                if classes:
                    correct += (predicted.argmax(1) == y_batch).sum()
            loss_sum.item(), correct.item()
        wait()

    warm = case.warm_up * case.batch
    train(x[:warm], y[:warm], 1)
    return lambda: train(x, y, case.epochs)
