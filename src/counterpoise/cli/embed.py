"""``counterpoise embed``: images as the features of a frozen model, or texts as the feature columns of a table."""

from counterpoise.cli import embed_images, embed_texts


def main(argv: list[str]) -> int:
    """Run the command: with ``--backbone`` on images, else on the texts of a table."""
    images = any(word.partition("=")[0] == "--backbone" for word in argv)
    return (embed_images if images else embed_texts).main(argv)
