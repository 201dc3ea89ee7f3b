"""Line 3: what examples learn from three seeds, beside the same networks in PyTorch; the first losses of LeNet, beside f64."""
import re

from common import SOURCE, enter, peers, said, verdict

python, = peers("PEERS")
enter("accuracy")
figures, holds = [], True
for name, epochs in ("mlp", 3), ("lenet", 5):
    said(["netc", f"{SOURCE}/examples/{name}.net", "-o", name])
    ours = []
    for seed in "123":
        talk = said([f"./{name}", "train", "--epochs", str(epochs), "--seed", seed, "--checkpoint", f"{name}-{seed}.safetensors"])
        ours.append(float(re.findall(rf"epoch {epochs}/{epochs} .*accuracy: ([\d.]+)", talk)[-1]))
        print(f"{name} seed {seed}: {ours[-1]:.4f}", flush=True)
    talk = said([python, f"{SOURCE}/bench/accuracy_torch.py", name])
    print(f"PyTorch:\n{talk}", end="", flush=True)
    mean, theirs = sum(ours) / len(ours), float(re.search(r"mean: ([\d.]+)", talk)[1])
    holds &= min(ours) >= 0.86 and abs(mean - theirs) <= 0.007
    figures.append(f"{name} {', '.join(f'{one:.4f}' for one in ours)}, mean {mean:.4f}, PyTorch's {theirs:.4f}")
talk = said([python, f"{SOURCE}/bench/losses_torch.py", "netc"])
print(talk, end="", flush=True)
ours, theirs, ratio = map(float, re.search(r"medians: ours (\S+), PyTorch's f32 (\S+), ratio (\S+)", talk).groups())
verdict(holds and ratio <= 4, f"{'; '.join(figures)}; losses off by {ours:.2e}, PyTorch's by {theirs:.2e}, ratio {ratio}")
