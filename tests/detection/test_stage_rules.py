from counterpoise.detection.stage_rules import CASCADE, FIRST_STAGE


def test_the_stages_of_a_cascade() -> None:
    assert [rule.overlap for rule in CASCADE] == [0.5, 0.6, 0.7]
    assert [rule.weight for rule in CASCADE] == [1, 0.5, 0.25]
    assert CASCADE[0] is FIRST_STAGE
