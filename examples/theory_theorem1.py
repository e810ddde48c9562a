"""Theorem 1 of Yang and Xu (NeurIPS 2020): uneven pseudo-labels bias an estimate and make it uncertain.

Two classes, N(1, 1) and N(-1, 1). Of what is pseudo-labeled + 95 % is right, of what is pseudo-labeled - 60 %. The
middle of the two means is estimated from 1000 pseudo-labels, in 4000 trials. Run it with the name of an html file to
get the picture: how often the estimate is farther than delta from its limit, and what the theorem allows.
"""

import sys

import plotly.graph_objects as go
import torch

from counterpoise.theory import biased_midpoint, midpoint_confidence, pseudo_labeled_midpoint

torch.manual_seed(0)
RIGHT_PLUS, RIGHT_MINUS, TRIALS = 0.95, 0.6, 4000
deltas = torch.linspace(0.0, 0.5, 51, dtype=torch.float64)
limit = biased_midpoint(1.0, -1.0, p=RIGHT_PLUS, q=RIGHT_MINUS)
figure = go.Figure()
figure.update_layout(xaxis_title="delta", yaxis_title="probability of a larger error")
figure.update_yaxes(range=[0, 1.02])


def draw(number: int, right: float, sign: int) -> torch.Tensor:
    """Samples with one pseudo-label, of which a share is right."""
    truth = sign * (2 * (torch.rand(number) < right).double() - 1)
    return truth + torch.randn(number)


for n_plus in (500, 900):
    n_minus = 1000 - n_plus
    estimates = torch.stack(
        [
            pseudo_labeled_midpoint(draw(n_plus, RIGHT_PLUS, 1), draw(n_minus, RIGHT_MINUS, -1))
            for _ in range(TRIALS)
        ]
    )
    farther = (estimates - limit).abs().unsqueeze(1).gt(deltas).double().mean(dim=0)
    sure = midpoint_confidence(deltas, n_plus=n_plus, n_minus=n_minus, mu1=1.0, mu2=-1.0, sigma=1.0)
    allowed = (1 - sure).clamp(max=1)
    assert (farther <= allowed + 0.05).all()
    figure.add_scatter(x=deltas.numpy(), y=farther.numpy(), name=f"{n_plus} + and {n_minus} -, found")
    figure.add_scatter(x=deltas.numpy(), y=allowed.numpy(), name=f"{n_plus} + and {n_minus} -, allowed")
    print(
        f"{n_plus} + and {n_minus} -: mean {estimates.mean():.3f} (limit {limit:.3f}, true middle 0), "
        f"farther than 0.2: found {farther[20]:.4f}, allowed {allowed[20]:.4f}"
    )

if len(sys.argv) > 1:
    figure.write_html(sys.argv[1])
