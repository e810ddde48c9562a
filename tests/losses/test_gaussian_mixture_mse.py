import pytest
import torch
from sklearn.mixture import GaussianMixture
from torch.distributions import MultivariateNormal
from torch.testing import assert_close

from counterpoise.errors import InputError
from counterpoise.losses import GaussianMixtureMSE, MSELoss, TargetMixture, fit_target_mixture


def mixture(width: int, components: int = 3) -> TargetMixture:
    roots = torch.randn(components, width, width, dtype=torch.float64)
    weights = torch.rand(components, dtype=torch.float64) + 0.1
    covariances = roots @ roots.mT + 0.1 * torch.eye(width, dtype=torch.float64)
    return TargetMixture(weights / weights.sum(), 4 * torch.randn(components, width).double(), covariances)


@pytest.mark.parametrize("width", [1, 2, 3])
def test_losses_are_those_of_the_densities(width: int) -> None:
    parts, s, eye = mixture(width), 1.5, torch.eye(width, dtype=torch.float64)
    x, t = 3 * torch.randn(2, 5, width, dtype=torch.float64)
    wanted = []
    for i in range(5):
        densities = [
            w * MultivariateNormal(m, c + s * s * eye).log_prob(x[i]).exp()
            for w, m, c in zip(parts.weights, parts.means, parts.covariances, strict=True)
        ]
        likelihood = MultivariateNormal(x[i], s * s * eye).log_prob(t[i])
        wanted.append(2 * s * s * (torch.stack(densities).sum().log() - likelihood))
    loss = GaussianMixtureMSE(parts, noise_sigma=s).double()
    assert_close(loss.per_sample(x, t).detach(), torch.stack(wanted), rtol=1e-10, atol=1e-10)


def test_without_noise_it_is_the_squared_error() -> None:
    x, t = torch.randn(2, 6, dtype=torch.float64)
    loss = GaussianMixtureMSE(mixture(1), noise_sigma=1e-4).double()
    assert_close(loss(x, t).detach(), MSELoss()(x, t), rtol=1e-4, atol=1e-5)


def test_the_fit_is_that_of_scikit_learn() -> None:
    ages = torch.cat([torch.full((60,), 20), torch.full((30,), 50), torch.randint(0, 90, (40,))])
    fitted = fit_target_mixture(ages, components=3)
    wanted = GaussianMixture(n_components=3, random_state=0).fit(ages.double().view(-1, 1).numpy())
    assert fitted.means.dtype == torch.float32
    assert fitted.covariances.shape == (3, 1, 1)
    assert_close(fitted.means, torch.from_numpy(wanted.means_).float())
    assert_close(fitted.weights.sum().item(), 1.0)


def test_constant_targets_can_be_fitted() -> None:
    loss = GaussianMixtureMSE(fit_target_mixture(torch.full((9,), 4.0), components=1), noise_sigma=1.0)
    assert loss(torch.tensor([4.0, 4.0]), torch.tensor([4.0, 4.0])).abs() < 1e-4


def test_fewer_targets_than_components_are_refused() -> None:
    with pytest.raises(InputError, match="8 components need as many targets, but 5 came"):
        fit_target_mixture(torch.arange(5.0))


def test_parts_that_do_not_fit_are_refused() -> None:
    parts = mixture(2)
    with pytest.raises(InputError, match=r"but \(3, 2\) and \(3, 2\) came"):
        GaussianMixtureMSE(TargetMixture(parts.weights, parts.means, parts.means))
