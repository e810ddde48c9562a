from counterpoise.detection.plan import SMALL, Plan, plan_for


def test_the_numbers_go_with_the_size_of_the_pictures() -> None:
    assert plan_for(128) is SMALL
    assert plan_for(256) is SMALL
    assert plan_for(800) == Plan()


def test_large_pictures_have_the_published_numbers() -> None:
    plan = plan_for(800)
    assert (plan.regions, plan.positive, plan.proposals, plan.dim) == (512, 0.25, (2000, 1000), 1024)
