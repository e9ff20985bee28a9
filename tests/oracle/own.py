"""Networks that no maintained package has, written here from the papers and public descriptions, layer by layer.

Each is a function over a `Tape`, which draws the weights by recipe.py, computes in the given precision and keeps every
value under its node id. Nothing here is shared with the Rust code but the ids.
"""
import torch
import torch.nn.functional as F

import recipe

MODELS = ["googlenet_5h", "bn_inception"]


class Tape:
    def __init__(self, base, seed, dtype):
        self.base, self.seed, self.dtype, self.points = base, seed, dtype, []

    def weight(self, layer, suffix, shape, keys=()):
        name = f"{layer}.{suffix}"
        values = recipe.tensor(self.base, name, shape, {f"{layer}.{k}" for k in keys}, self.seed)
        return torch.from_numpy(values).to(self.dtype)

    def keep(self, node, kind, value, always=True, **extra):
        assert all(p["id"] != node for p in self.points), node
        self.points.append(dict(id=node, path=node, kind=kind, tensor=value[0].clone(), always=always, **extra))
        return value

    def get(self, node):
        return next(p["tensor"] for p in self.points if p["id"] == node)

    def conv(self, node, x, width, kernel, **window):
        w = self.weight(node, "weight", (width, x.shape[1], kernel, kernel))
        y = F.conv2d(x, w, self.weight(node, "bias", (width,)), **window)
        return self.keep(node, "conv+bias", y, always=False)

    def batch_norm(self, node, x, eps):
        keys = ("weight", "bias", "running_mean", "running_var")
        gamma, beta, mean, var = (self.weight(node, k, (x.shape[1],), keys) for k in keys)
        return self.keep(node, "bn", F.batch_norm(x, mean, var, gamma, beta, training=False, eps=eps), always=False)

    def relu(self, node, x):
        return self.keep(node, "relu", x.relu())

    def concat(self, node, parts):
        ranges, start = [], 0
        for name in parts:
            width = self.get(name).shape[0]
            ranges.append([name, start, start + width])
            start += width
        return self.keep(node, "concat", torch.cat([self.get(name)[None] for name in parts], 1), parts=ranges)

    def head(self, x, pool, linear, classes):
        x = self.keep(pool, "global average", x.mean((2, 3)))
        w = self.weight(linear, "weight", (classes, x.shape[1]))
        x = self.keep(linear, "linear", F.linear(x, w, self.weight(linear, "bias", (classes,))))
        return self.keep("probabilities", "softmax of the logits", x.softmax(1))


def same(x, kernel, stride, value=0.0):
    """TensorFlow's SAME padding: as little as gives ceil(size / stride) outputs, the odd one at the end."""
    pads = []
    for size in (x.shape[3], x.shape[2]):
        total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
        pads += [total // 2, total - total // 2]
    return F.pad(x, pads, value=value)


def googlenet_5h(t, x):
    """inception5h as Lucid's InceptionV1 and captum's describe it."""
    def conv(node, x, width, kernel, stride=1):
        x = t.conv(node, same(x, kernel, stride), width, kernel, stride=stride)
        return t.relu(node + "_relu", x)

    def pool(node, x, stride):
        return t.keep(node, "maxpool, SAME", F.max_pool2d(same(x, 3, stride, -torch.inf), 3, stride))

    def lrn(node, x):
        """x / (2 + 1e-4 · sum of squares of the 11 nearest channels)^0.5, written out."""
        squares = F.pad(x ** 2, (0, 0, 0, 0, 5, 5))
        total = sum(squares[:, i:i + x.shape[1]] for i in range(11))
        return t.keep(node, "local response norm", x / (2 + 1e-4 * total) ** 0.5)

    x = lrn("local_response_norm1", pool("pool1", conv("conv1", x, 64, 7, 2), 2))
    x = conv("conv3", conv("conv2", x, 64, 1), 192, 3)
    x = pool("pool2", lrn("local_response_norm2", x), 2)
    for name, c1, r3, c3, r5, c5, cp in [
            ("mixed3a", 64, 96, 128, 16, 32, 32), ("mixed3b", 128, 128, 192, 32, 96, 64), ("pool3", *[0] * 6),
            ("mixed4a", 192, 96, 204, 16, 48, 64), ("mixed4b", 160, 112, 224, 24, 64, 64),
            ("mixed4c", 128, 128, 256, 24, 64, 64), ("mixed4d", 112, 144, 288, 32, 64, 64),
            ("mixed4e", 256, 160, 320, 32, 128, 128), ("pool4", *[0] * 6),
            ("mixed5a", 256, 160, 320, 48, 128, 128), ("mixed5b", 384, 192, 384, 48, 128, 128)]:
        if name.startswith("pool"):
            x = pool(name, x, 2)
            continue
        m = name + "."
        conv(m + "conv_1x1", x, c1, 1)
        conv(m + "conv_3x3", conv(m + "conv_3x3_reduce", x, r3, 1), c3, 3)
        conv(m + "conv_5x5", conv(m + "conv_5x5_reduce", x, r5, 1), c5, 5)
        conv(m + "pool_proj", pool(m + "pool", x, 1), cp, 1)
        x = t.concat(name, [m + "conv_1x1_relu", m + "conv_3x3_relu", m + "conv_5x5_relu", m + "pool_proj_relu"])
    t.head(x, "avgpool", "fc", 1008)


def bn_inception(t, x):
    """Ioffe and Szegedy 2015, figure 5; layers are called as in Cadene's pretrained-models.pytorch."""
    def conv(module, leaf, x, width, kernel, stride=1, relu=None):
        x = t.conv(f"{module}_{leaf}", x, width, kernel, stride=stride, padding=kernel // 2)
        return t.relu(f"{module}_relu_{relu or leaf}", t.batch_norm(f"{module}_{leaf}_bn", x, 1e-5))

    def max_pool(node, x, stride, padding=0):
        return t.keep(node, "maxpool, ceil", F.max_pool2d(x, 3, stride, padding, ceil_mode=True))

    x = max_pool("pool1_3x3_s2", conv("conv1", "7x7_s2", x, 64, 7, 2, "7x7"), 2)
    x = max_pool("pool2_3x3_s2", conv("conv2", "3x3", conv("conv2", "3x3_reduce", x, 64, 1), 192, 3), 2)
    for name, c1, r3, c3, rd, d1, d2, pool, cp in [
            ("3a", 64, 64, 64, 64, 96, 96, "avg", 32), ("3b", 64, 64, 96, 64, 96, 96, "avg", 64),
            ("3c", 0, 128, 160, 64, 96, 96, "max", 0),
            ("4a", 224, 64, 96, 96, 128, 128, "avg", 128), ("4b", 192, 96, 128, 96, 128, 128, "avg", 128),
            ("4c", 160, 128, 160, 128, 160, 160, "avg", 128), ("4d", 96, 128, 192, 160, 192, 192, "avg", 128),
            ("4e", 0, 128, 192, 192, 256, 256, "max", 0),
            ("5a", 352, 192, 320, 160, 224, 224, "avg", 128), ("5b", 352, 192, 320, 192, 224, 224, "max", 128)]:
        m, stride = "inception_" + name, 1 if c1 else 2
        ends = [f"{m}_relu_3x3", f"{m}_relu_double_3x3_2"]
        if c1:
            conv(m, "1x1", x, c1, 1)
            ends.insert(0, f"{m}_relu_1x1")
        conv(m, "3x3", conv(m, "3x3_reduce", x, r3, 1), c3, 3, stride)
        y = conv(m, "double_3x3_1", conv(m, "double_3x3_reduce", x, rd, 1), d1, 3)
        conv(m, "double_3x3_2", y, d2, 3, stride)
        if pool == "avg":
            y = t.keep(f"{m}_pool", "avgpool, padding counts", F.avg_pool2d(x, 3, 1, 1, ceil_mode=True, count_include_pad=True))
        else:
            y = max_pool(f"{m}_pool", x, stride, 1 if c1 else 0)
        if cp:
            conv(m, "pool_proj", y, cp, 1)
        ends.append(f"{m}_relu_pool_proj" if cp else f"{m}_pool")
        x = t.concat(f"{m}_output", ends)
    t.head(x, "global_pool", "last_linear", 1000)


INFO = {
    # Mean and std of values 0 to 1, in the order in which the network reads the channels. The 5h reads values to 255,
    # without which its local response norms would do nothing; BN-Inception gets smaller ones than it was trained on, since
    # the recipe's batch norms would not bring those down.
    "googlenet_5h": dict(base="googlenet", logits="fc", full=("avgpool", "fc"), size=224,
                         norm=((117 / 255,) * 3, (1 / 255,) * 3), source="inception5h, written in tests/oracle/own.py"),
    "bn_inception": dict(base="bn_inception", logits="last_linear", full=("global_pool", "last_linear"), size=224, order="bgr",
                         norm=((104 / 255, 117 / 255, 128 / 255), (0.5,) * 3),
                         source="BN-Inception, written in tests/oracle/own.py"),
}


def run(model, seed, dtype, x):
    """The tape of a run on the normalised input `x`."""
    tape = Tape(INFO[model]["base"], seed, dtype)
    with torch.no_grad():
        tape.keep("input", "normalised input", x.to(dtype))
        {"googlenet_5h": googlenet_5h, "bn_inception": bn_inception}[model](tape, x.to(dtype))
    return tape
