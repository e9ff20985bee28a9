"""Reference models (none of them written here) and the naming of recorded points."""
import re
import warnings

import torch
from torch import nn

warnings.filterwarnings("ignore")
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
HALF = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
FACE = ((127.5 / 255,) * 3, (128.0 / 255,) * 3)  # (u8 - 127.5) / 128


class SamePool(nn.MaxPool2d):
    """TensorFlow's SAME 3x3 stride 2: odd sizes are padded on both sides, even sizes at the end only."""

    def __init__(self):
        super().__init__(3, 2)

    def forward(self, x):
        before_h, before_w = (x.shape[2] % 2, x.shape[3] % 2)
        return super().forward(nn.functional.pad(x, (before_w, 1, before_h, 1), value=float("-inf")))


def build(model):
    """-> (nn.Module in eval mode, info)"""
    import torchvision.models as tv
    if model == "googlenet":
        m = tv.GoogLeNet(num_classes=1000, aux_logits=True, transform_input=True, init_weights=False)
        info = dict(source="torchvision.models.GoogLeNet(aux_logits=True, transform_input=True)", size=224, norm=IMAGENET)
    elif model == "inception_v3":
        m = tv.Inception3(num_classes=1000, aux_logits=True, transform_input=True, init_weights=False)
        info = dict(source="torchvision.models.Inception3(aux_logits=True, transform_input=True)", size=299, norm=IMAGENET)
    elif model.startswith("resnet"):
        m = getattr(tv, model)(weights=None)
        info = dict(source=f"torchvision.models.{model}()", size=224, norm=IMAGENET)
    elif model == "inception_v4":
        import timm
        m = timm.create_model("inception_v4", pretrained=False)
        info = dict(source="timm.create_model('inception_v4')", size=299, norm=HALF)
    elif model == "inception_resnet_v2":
        import timm
        m = timm.create_model("inception_resnet_v2", pretrained=False)
        info = dict(source="timm.create_model('inception_resnet_v2')", size=299, norm=HALF)
    elif model == "xception":
        import timm
        m = timm.create_model("legacy_xception", pretrained=False)
        info = dict(source="timm.create_model('legacy_xception')", size=299, norm=HALF)
    elif model == "inception_v3_keras":
        # keras.applications.InceptionV3 semantics on the torchvision graph (crosscheck: agrees with Keras to 5e-6 of the logits' std)
        m = tv.Inception3(num_classes=1000, aux_logits=True, transform_input=False, init_weights=False)
        m._no_pad_count = True
        info = dict(source="torchvision.models.Inception3 with padded average pools count_include_pad=False, input x/127.5-1", size=299,
                    norm=HALF, base="inception_v3")
    elif model == "xception_keras":
        # keras.applications.Xception semantics on the timm graph (crosscheck: agrees with Keras to 7e-6 of the logits' std)
        import timm
        m = timm.create_model("legacy_xception", pretrained=False)
        for x in m.modules():
            if isinstance(x, nn.BatchNorm2d):
                x.eps = 1e-3
        for b in ("block1", "block2", "block3", "block12"):
            getattr(m, b).rep[-1] = SamePool()
        info = dict(source="timm legacy_xception with BN eps 1e-3 and TF SAME max pools (= Keras Xception)", size=299, norm=HALF, base="xception")
    elif model == "inception_resnet_v1":
        from facenet_pytorch import InceptionResnetV1
        m = InceptionResnetV1(classify=True, num_classes=8631)
        info = dict(source="facenet_pytorch.InceptionResnetV1(classify=True, num_classes=8631)", size=160, norm=FACE)
    else:
        raise SystemExit(f"unknown model {model}")
    info["model"] = model
    info.setdefault("base", model)
    return m.eval(), info


MODELS = ["googlenet", "inception_v3", "inception_v4", "inception_resnet_v2", "inception_resnet_v1",
          "xception", "resnet34", "resnet50", "resnet101", "resnet152"]
VARIANTS = ["inception_v3_keras", "xception_keras"]

CONV_BLOCKS = ("BasicConv2d", "ConvNormAct")
OUTPUT_BLOCKS = ("Inception", "InceptionA", "InceptionB", "InceptionC", "InceptionD", "InceptionE", "Mixed3a", "Mixed4a",
                 "Mixed5a", "ReductionA", "ReductionB", "Mixed_5b", "Mixed_6a", "Mixed_7a", "Block35", "Block17", "Block8",
                 "BasicBlock", "Bottleneck", "Block")


def _conv_desc(c):
    k = "x".join(map(str, c.kernel_size))
    s = "" if c.stride == (1, 1) else f"_s{c.stride[0]}"
    return k + s


V4_MODULES = (["stem"] * 3 + ["Mixed_3a", "Mixed_4a", "Mixed_5a"] + [f"InceptionA_{i}" for i in range(1, 5)] + ["ReductionA"]
              + [f"InceptionB_{i}" for i in range(1, 8)] + ["ReductionB"] + [f"InceptionC_{i}" for i in range(1, 4)])
STEM_NAMES = {"conv1", "conv2", "conv3", "maxpool1", "maxpool2"}


def split(model, path):
    """framework path -> (module, branch, tag)"""
    p = path.split(".")
    if model == "googlenet":
        if p[0].startswith("inception"):
            if len(p) == 1:
                return p[0], "output", ""
            b = {"branch1": "1x1", "branch2": "3x3", "branch3": "5x5", "branch4": "pool"}[p[1]]
            return p[0], b, ("" if len(p) == 2 else p[2])
        if p[0].startswith("aux"):
            return p[0], "aux", ".".join(p[1:])
        if p[0] in ("avgpool", "fc", "dropout"):
            return "head", p[0], ""
        return ("stem" if p[0] in STEM_NAMES else p[0]), (p[0] if p[0] in STEM_NAMES else "pool"), ".".join(p[1:])
    if model == "inception_v3":
        if p[0].startswith("Mixed"):
            if len(p) == 1:
                return p[0], "output", ""
            m = re.match(r"branch(1x1|5x5|3x3dbl|3x3|7x7dbl|7x7x3|7x7|_pool)(?:_(\w+))?$", p[1])
            b = m.group(1)
            return p[0], ("pool" if b == "_pool" else b), (m.group(2) or ("proj" if b == "_pool" else ""))
        if p[0] == "AuxLogits":
            return "AuxLogits", "aux", ".".join(p[1:])
        if p[0] in ("avgpool", "fc", "dropout"):
            return "head", p[0], ""
        return "stem", p[0], ".".join(p[1:])
    if model == "inception_v4":
        if p[0] == "features":
            i = int(p[1])
            if i < 3:
                return "stem", f"conv{i + 1}", ".".join(p[2:])
            mod = V4_MODULES[i]
            if len(p) == 2:
                return mod, "output", ""
            m = re.match(r"(branch\d)(?:_(\w+))?$", p[2])
            if m:
                return mod, m.group(1), (m.group(2) or ".".join(p[3:]))
            return mod, p[2], ".".join(p[3:])  # Mixed_3a / 5a: conv, maxpool
        return "head", p[0], ".".join(p[1:])
    if model in ("inception_resnet_v2", "inception_resnet_v1"):
        rep = {"inception_resnet_v2": {"repeat": "block35", "repeat_1": "block17", "repeat_2": "block8"},
               "inception_resnet_v1": {"repeat_1": "block35", "repeat_2": "block17", "repeat_3": "block8"}}[model]
        last = 10 if model.endswith("v2") else 6
        if p[0] in rep:
            mod, rest = f"{rep[p[0]]}_{int(p[1]) + 1}", p[2:]
        elif p[0] == "block8":
            mod, rest = f"block8_{last}", p[1:]
        elif p[0].startswith("mixed_"):
            mod, rest = p[0], p[1:]
        elif p[0].startswith(("conv2d_7b", "conv2d")) and p[0] != "conv2d_7b" or p[0].startswith("maxpool"):
            return "stem", p[0], ".".join(p[1:])
        elif p[0] == "conv2d_7b":
            return "conv2d_7b", "main", ".".join(p[1:])
        else:
            return "head", p[0], ".".join(p[1:])
        if not rest:
            return mod, "output", ""
        if rest[0] in ("conv2d", "act", "relu"):
            return mod, "residual", rest[0]
        return mod, rest[0], ".".join(rest[1:])
    if model == "xception":
        if p[0].startswith("block"):
            if len(p) == 1:
                return p[0], "output", ""
            if p[1] == "rep":
                return p[0], "rep", ".".join(p[2:])
            return p[0], "skip", p[1]
        if p[0] in ("conv1", "bn1", "act1", "conv2", "bn2", "act2"):
            return "stem", "main", ".".join(p)
        if p[0] in ("conv3", "bn3", "act3", "conv4", "bn4", "act4"):
            return "exit", "main", ".".join(p)
        return "head", p[0], ".".join(p[1:])
    # resnet
    if p[0].startswith("layer"):
        mod = f"{p[0]}_{p[1]}"
        if len(p) == 2:
            return mod, "output", ""
        if p[2] == "downsample":
            return mod, "shortcut", {"0": "conv", "1": "bn"}.get(".".join(p[3:]), ".".join(p[3:]))
        return mod, "main", ".".join(p[2:])
    if p[0] in ("conv1", "bn1", "relu", "maxpool"):
        return "stem", "main", p[0]
    return "head", p[0], ""


class Recorder:
    """Runs the model with hooks; self.points is a list of dicts in execution order, each with its tensor."""

    def __init__(self, model_name, net):
        self.name, self.net = model_name, net
        self.points, self.stack, self.handles = [], [], []
        self.by_tensor, self.keep = {}, []
        self.relu_calls = {}
        names = {m: n for n, m in net.named_modules()}
        self.names = names
        inside = set()
        for n, m in net.named_modules():
            if type(m).__name__ in CONV_BLOCKS:
                for k, c in m.named_modules():
                    if k:
                        inside.add(c)
        first = next(m for m in net.modules() if type(m).__name__ in CONV_BLOCKS) if any(
            type(m).__name__ in CONV_BLOCKS for m in net.modules()) else None
        for n, m in net.named_modules():
            self.handles.append(m.register_forward_pre_hook(self._pre(n, m)))
            self.handles.append(m.register_forward_hook(self._post(n, m, m in inside, m is first)))

    def _add(self, path, pid, kind, t, extra=None):
        assert pid not in {p["id"] for p in self.points}, pid
        t2 = t.detach()
        self.points.append(dict(id=pid, path=path, kind=kind, tensor=t2.clone()[0], **(extra or {})))
        self.by_tensor[id(t)] = pid
        self.keep.append(t)

    def _pre(self, n, m):
        def f(mod, args):
            self.stack.append((n, mod))
            t = type(mod).__name__
            # residual sum = input of the block's last activation; concat = input of conv2d in an Inception-ResNet block
            if t == "ReLU" and self.name.startswith("inception_resnet") and n.endswith((".act", ".relu")) and ".conv" not in n \
                    and re.match(r"^(repeat|block8)", n) and re.match(r"^(repeat(_\d)?\.\d+|block8)\.(act|relu)$", n):
                mo, br, tag = split(self.name, n)
                self._add(n + ":input", f"{mo}/residual/sum", "residual_sum (scale*up + x), before ReLU", args[0])
            if t == "ReLU" and self.name.startswith("resnet") and n != "relu":
                blk = n.rsplit(".", 1)[0]
                total = 2 if type(self.stack[-2][1]).__name__ == "BasicBlock" else 3
                c = self.relu_calls[n] = self.relu_calls.get(n, 0) + 1
                if c == total:
                    mo, _, _ = split(self.name, blk)
                    self._add(n + ":input", f"{mo}/residual/sum", "residual_sum, before ReLU", args[0])
        return f

    def _post(self, n, m, inside, is_first):
        def f(mod, args, out):
            self.stack.pop()
            t = type(mod).__name__
            if not isinstance(out, torch.Tensor) or n == "":
                return
            if inside and not (is_first is False and n.split(".")[:-1] == self._first_path()):
                return
            if not (t in CONV_BLOCKS or t in OUTPUT_BLOCKS or t in ("AdaptiveAvgPool2d", "SelectAdaptivePool2d") or isinstance(
                    mod, (nn.Conv2d, nn.BatchNorm2d, nn.BatchNorm1d, nn.ReLU, nn.MaxPool2d, nn.AvgPool2d, nn.Linear))):
                return
            mo, br, tag = split(self.name, n)
            pre = f"{mo}/{br}/"
            tg = (tag.replace(".", "_") + "_") if tag else ""
            if t in CONV_BLOCKS:
                self._add(n, pre + f"{tg}conv{_conv_desc(mod.conv)}",
                          "conv+bn+relu", out)
            elif isinstance(mod, nn.Conv2d):
                if inside:
                    self._add(n, f"{mo}/{br}/raw_conv", "conv only (before bn)", out)
                elif br == "residual":
                    self._add(n, f"{mo}/residual/up_{_conv_desc(mod)}", "conv+bias, before scale and add", out,
                              dict(scale=float(self.stack[-1][1].scale)))
                elif n.endswith(".conv1") and type(self.stack[-1][1]).__name__ == "SeparableConv2d":
                    self._add(n, self._sep(n) + "depthwise", "depthwise conv", out)
                elif n.endswith(".pointwise"):
                    self._add(n, self._sep(n) + "pointwise", "pointwise conv", out)
                else:
                    self._add(n, pre + f"{tg}{_conv_desc(mod)}", "conv", out)
            elif isinstance(mod, (nn.BatchNorm2d, nn.BatchNorm1d)):
                if inside:
                    if t == "BatchNormAct2d":
                        return
                    self._add(n, f"{mo}/{br}/raw_bn", "bn only (before relu)", out)
                elif self.name == "xception" and br == "rep":
                    j = int(tag)
                    self._add(n, f"{mo}/rep/sep{self._sepno(mo, j)}_bn", "bn", out)
                else:
                    self._add(n, pre + (tag or "bn"), "bn", out)
            elif isinstance(mod, nn.ReLU):
                if inside:
                    return
                if br == "residual" or (self.name.startswith("resnet") and n != "relu"):
                    if self.name.startswith("resnet"):
                        c = self.relu_calls[n]
                        if c < (2 if type(self.stack[-1][1]).__name__ == "BasicBlock" else 3):
                            self._add(f"{n}#{c}", f"{mo}/main/relu{c}", "relu", out)
                    return  # the block output is recorded as module output
                if self.name == "xception" and br == "rep":
                    j = int(tag)
                    self._add(n, f"{mo}/rep/relu_before_sep{self._sepno(mo, j + 1)}", "relu", out)
                else:
                    self._add(n, pre + (tag or "relu"), "relu", out)
            elif isinstance(mod, (nn.MaxPool2d, nn.AvgPool2d)):
                kind = "maxpool" if isinstance(mod, nn.MaxPool2d) else "avgpool"
                self._add(n, pre + kind, f"{kind} k={mod.kernel_size} s={mod.stride} p={mod.padding} ceil={mod.ceil_mode}"
                          + (f" count_include_pad={mod.count_include_pad}" if kind == "avgpool" else ""), out)
            elif t == "AdaptiveAvgPool2d" and "global_pool" not in n:
                self._add(n, "head/pool/global_avg", "global average", out.reshape(1, -1))
            elif t == "SelectAdaptivePool2d":
                self._add(n, "head/pool/global_avg", "global average", out.reshape(1, -1))
            elif isinstance(mod, nn.Linear):
                if mo == "head":
                    self._add(n, "head/linear/" + ("embedding_linear" if n == "last_linear" and self.name.endswith("v1") else "logits"), "linear", out)
                else:
                    self._add(n, pre + tag, "linear", out)
            elif t in OUTPUT_BLOCKS:
                ex = {}
                parts = getattr(out, "_oracle_parts", None)
                if parts:
                    ex["parts"] = parts
                self._add(n, f"{mo}/output/" + ("concat" if parts else "sum_relu" if not (t == "Block8" and self.name.startswith("inception_resnet") and n == "block8") and t != "Block" else "sum"),
                          "module output", out, ex)
        return f

    def _first_path(self):
        if not hasattr(self, "_fp"):
            n = next((n for n, m in self.net.named_modules() if type(m).__name__ in CONV_BLOCKS), "")
            self._fp = n.split(".")
        return self._fp

    @staticmethod
    def _sepno(mo, j):
        # rep index of the sepconv (or its bn) -> 1-based number within the block
        return (j if mo == "block1" else j - 1) // 3 + 1

    def _sep(self, n):
        p = n.split(".")
        if p[0].startswith("block"):
            return f"{p[0]}/rep/sep{self._sepno(p[0], int(p[2]))}_"
        return f"exit/main/{p[0]}_"

    def run(self, x):
        import torch.nn.functional as F
        o_cat, o_avg, o_max, o_aavg = torch.cat, F.avg_pool2d, F.max_pool2d, F.adaptive_avg_pool2d
        rec = self

        def cat(ts, dim=0, **k):
            out = o_cat(ts, dim, **k)
            if dim == 1 and out.dim() == 4 and rec.stack and out.shape[1] > 3:
                parts, s = [], 0
                for t in ts:
                    parts.append([rec.by_tensor.get(id(t), "?"), s, s + t.shape[1]])
                    s += t.shape[1]
                out._oracle_parts = parts
                n, mod = rec.stack[-1]
                tname = type(mod).__name__
                if tname in ("Block35", "Block17", "Block8"):
                    mo, _, _ = split(rec.name, n)
                    rec._add(n + ":cat", f"{mo}/residual/concat", "concat", out, dict(parts=parts))
                elif len(ts) == 2 and tname in ("InceptionE", "InceptionC") and all(
                        re.search(r"(2|3|1_1|2_3)[ab]", rec._path_of(p[0])) for p in parts):
                    mo, _, _ = split(rec.name, n)
                    b = parts[0][0].split("/")[1]
                    rec._add(n + ":cat", f"{mo}/{b}/concat_ab", "concat of the a and b convs", out, dict(parts=parts))
            return out

        def avg(x, *a, **k):
            no_pad = getattr(rec.net, "_no_pad_count", False) and k.get("padding")
            if no_pad:
                k = {**k, "count_include_pad": False}
            out = o_avg(x, *a, **k)
            n, mod = rec.stack[-1]
            if not isinstance(mod, nn.AvgPool2d):
                mo, _, _ = split(rec.name, n)
                br = "pool" if mo.startswith("Mixed") else "aux"
                rec._add(n + ":F.avg_pool2d", f"{mo}/{br}/avgpool", f"avgpool {k}" + ("" if no_pad else " count_include_pad=True"), out)
            return out

        def mx(x, *a, **k):
            out = o_max(x, *a, **k)
            n, mod = rec.stack[-1]
            if not isinstance(mod, nn.MaxPool2d):
                mo, br, _ = split(rec.name, n)
                rec._add(n + ":F.max_pool2d", f"{mo}/{'rep' if br == 'rep' else 'pool'}/maxpool",
                         "maxpool 3x3 s2, TF SAME padding" if br == "rep" else f"maxpool {k}", out)
            return out

        def aavg(x, *a, **k):
            out = o_aavg(x, *a, **k)
            n, mod = rec.stack[-1]
            if type(mod).__name__ == "InceptionAux":
                mo, _, _ = split(rec.name, n)
                rec._add(n + ":F.adaptive_avg_pool2d", f"{mo}/aux/adaptive_avg_{out.shape[-1]}", "adaptive average", out)
            return out

        torch.cat, F.avg_pool2d, F.max_pool2d, F.adaptive_avg_pool2d = cat, avg, mx, aavg
        try:
            with torch.no_grad():
                net = self.net
                self._add("", "input/tensor/normalised", "normalised input, before any transform_input", x)
                if getattr(net, "transform_input", False):
                    orig = net._transform_input

                    def ti(x):
                        y = orig(x)
                        rec._add("_transform_input", "input/tensor/transformed", "after transform_input", y)
                        return y
                    net._transform_input = ti
                out = net(x)
                # the auxiliary heads do not run in eval mode; run them on their recorded inputs
                if self.name == "googlenet":
                    for a, src in (("aux1", "inception4a/output/concat"), ("aux2", "inception4d/output/concat")):
                        getattr(net, a)(self.get(src)[None])
                if self.name == "inception_v3":
                    net.AuxLogits(self.get("Mixed_6e/output/concat")[None])
                if self.name == "inception_resnet_v1":
                    e = self.get("head/last_bn/bn")[None]
                    self._add("F.normalize(last_bn)", "head/embedding/l2_normalised",
                              "embedding mode (classify=False): L2 normalised last_bn", F.normalize(e, p=2, dim=1))
                self._add("softmax", "head/softmax/probabilities", "softmax of the logits", torch.softmax(out, 1))
        finally:
            torch.cat, F.avg_pool2d, F.max_pool2d, F.adaptive_avg_pool2d = o_cat, o_avg, o_max, o_aavg
            if "_transform_input" in self.net.__dict__:
                del self.net.__dict__["_transform_input"]
            for h in self.handles:
                h.remove()
        return out

    def get(self, pid):
        return next(p["tensor"] for p in self.points if p["id"] == pid)

    def _path_of(self, pid):
        return next((p["path"] for p in self.points if p["id"] == pid), "")
