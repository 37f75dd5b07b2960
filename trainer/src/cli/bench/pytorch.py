"""The model and recipe of the Python experiment, as the reference of `trainer bench --pytorch`.

Float activations, LayerNorm, GELU, learned positions, weights rounded to -1, 0 or 1 times their mean magnitude with the
gradient passed straight through; AdamW at a constant 3e-4. Eager PyTorch, or "fast": forward pass in bf16 (autocast) and the fused
optimiser, the fastest of its settings on the CPUs tried. A step for every line of standard input; its loss, wall seconds and
CPU seconds on standard output.
"""

import sys
import time

import numpy
import torch
import torch.nn.functional as F
from torch import nn

VOCAB, LAYERS, HEADS, D, HIDDEN, CONTEXT = 65, 4, 4, 128, 512, 128
RATE = 3e-4


class TernaryLinear(nn.Linear):
    def __init__(self, inputs, outputs):
        super().__init__(inputs, outputs, bias=False)

    def forward(self, x):
        magnitude = self.weight.abs().mean() + 1e-8
        rounded = (self.weight / magnitude).round().clamp(-1, 1) * magnitude
        return F.linear(x, self.weight + (rounded - self.weight).detach())


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention_norm, self.mlp_norm = nn.LayerNorm(D), nn.LayerNorm(D)
        self.qkv, self.output = TernaryLinear(D, 3 * D), TernaryLinear(D, D)
        self.up, self.down = TernaryLinear(D, HIDDEN), TernaryLinear(HIDDEN, D)

    def forward(self, x):
        batch, time_steps, _ = x.shape
        qkv = self.qkv(self.attention_norm(x)).view(batch, time_steps, 3, HEADS, D // HEADS)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.output(mixed.transpose(1, 2).reshape(batch, time_steps, D))
        return x + self.down(F.gelu(self.up(self.mlp_norm(x))))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(VOCAB, D), nn.Embedding(CONTEXT, D)
        self.blocks = nn.Sequential(*[Block() for _ in range(LAYERS)])
        self.norm, self.head = nn.LayerNorm(D), TernaryLinear(D, VOCAB)

    def forward(self, tokens):
        x = self.tokens(tokens) + self.positions.weight[: tokens.shape[1]]
        return self.head(self.norm(self.blocks(x)))


def main():
    text, batch, threads, fast = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4] == "fast"
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    tokens = torch.from_numpy(numpy.fromfile(text, dtype="<u2").astype(numpy.int64))
    windows = torch.arange(CONTEXT + 1)
    model = Model()
    for module in model.modules():
        if isinstance(module, (nn.Linear, nn.Embedding)):
            nn.init.normal_(module.weight, std=0.02)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, fused=fast)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    print(torch.__version__, parameters, flush=True)
    for _ in sys.stdin:
        wall, cpu = time.perf_counter(), time.process_time()
        starts = torch.randint(len(tokens) - CONTEXT, (batch, 1))
        chosen = tokens[starts + windows]
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=fast):
            logits = model(chosen[:, :-1])
        loss = F.cross_entropy(logits.float().reshape(-1, VOCAB), chosen[:, 1:].reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        loss = loss.item()
        print(loss, time.perf_counter() - wall, time.process_time() - cpu, flush=True)


main()
