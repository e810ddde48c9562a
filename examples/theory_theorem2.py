"""Theorem 2 of Yang and Xu (NeurIPS 2020): a linear classifier of the inputs is wrong at least a quarter of the time.

The rare class is N(0, I), the frequent one N(0, 6 I), in 20 dimensions. For every offset of the classifier the error
is counted on samples and computed. Run it with the name of an html file to get the picture.
"""

import math
import sys

import plotly.graph_objects as go
import torch

from counterpoise.theory import linear_error

torch.manual_seed(0)
BETA, SHARE, SAMPLES = 6.0, 0.2, 20_000
theta = torch.randn(20)
scores_plus = torch.randn(SAMPLES, 20) @ theta
scores_minus = math.sqrt(BETA) * torch.randn(SAMPLES, 20) @ theta
offsets = torch.linspace(0.1, 60, 40)
counted, computed = [], []
for offset in offsets.tolist():
    missed = (scores_plus + offset < 0).float().mean().item()
    mistaken = (scores_minus + offset > 0).float().mean().item()
    counted.append(SHARE * missed + (1 - SHARE) * mistaken)
    computed.append(linear_error(offset, theta.norm().item(), sigma1=1.0, beta=BETA, p_plus=SHARE))

assert min(computed) >= 0.25
gap = max(abs(a - b) for a, b in zip(counted, computed, strict=True))
print(f"lowest error: counted {min(counted):.3f}, computed {min(computed):.3f}, at least 0.250")
print(f"counted and computed differ by at most {gap:.3f}")

if len(sys.argv) > 1:
    figure = go.Figure()
    figure.add_scatter(x=offsets.numpy(), y=counted, mode="markers", name="counted")
    figure.add_scatter(x=offsets.numpy(), y=computed, name="computed")
    figure.add_hline(y=0.25, line_dash="dash", annotation_text="theorem 2")
    figure.update_layout(xaxis_title="offset", yaxis_title="error")
    figure.update_yaxes(range=[0, 1])
    figure.write_html(sys.argv[1])
