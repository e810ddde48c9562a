"""Theorem 3 of Yang and Xu (NeurIPS 2020): one feature that grows with the norm tells apart what theorem 2 cannot.

The rare class is N(0, I), the frequent one N(0, 6 I); 10 and 190 samples set the threshold of |x|^2. The error falls
with the dimension, and so does the theorem's bound, which holds with a stated probability. Run it with the name of an
html file to get the picture.
"""

import math
import sys

import plotly.graph_objects as go
import torch

from counterpoise.theory import norm_error, norm_error_bound, norm_error_confidence, norm_threshold

torch.manual_seed(0)
BETA, SHARE, RARE, FREQUENT, TRIALS = 6.0, 0.05, 10, 190, 200
DELTA = torch.tensor([0.2], dtype=torch.float64)
dims = (10, 20, 30, 50, 75, 100)


def trial(dim: int) -> float:
    """Exact error of the classifier that one training set leads to."""
    plus = torch.randn(RARE, dim, dtype=torch.float64)
    minus = math.sqrt(BETA) * torch.randn(FREQUENT, dim, dtype=torch.float64)
    threshold = norm_threshold(plus, minus, k1=1.0, k2=0.0).item()
    return norm_error(threshold, dim=dim, sigma1=1.0, beta=BETA, k1=1.0, k2=0.0, p_plus=SHARE)


means, bounds = [], []
for dim in dims:
    errors = torch.tensor([trial(dim) for _ in range(TRIALS)])
    bound = norm_error_bound(DELTA, dim=dim, beta=BETA, p_plus=SHARE).item()
    sure = norm_error_confidence(DELTA, n_plus=RARE, n_minus=FREQUENT, dim=dim).item()
    kept = (errors <= bound).double().mean().item()
    assert kept >= sure - 0.1
    means.append(errors.mean().item())
    bounds.append(bound)
    print(
        f"{dim:3} dimensions: mean error {means[-1]:.5f}, at most {bound:.3f} with probability "
        f"{max(sure, 0):.3f}, kept in {kept:.3f} of the trials"
    )

if len(sys.argv) > 1:
    figure = go.Figure()
    figure.add_scatter(x=dims, y=means, name="mean error")
    figure.add_scatter(x=dims, y=bounds, name="bound for delta 0.2")
    figure.update_layout(xaxis_title="dimensions", yaxis_title="error")
    figure.update_yaxes(type="log")
    figure.write_html(sys.argv[1])
