"""What is wrong with the text of a picture: cut off at its edge, or written over other text."""

from itertools import combinations

SLACK = 2.0
"""Pixels by which the boxes of two texts may meet: they have a little room around their letters."""


def faults(figure):
    """Draw a figure and return a sentence for each text that is cut off or that meets another."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - slow to import, for few tests
    from matplotlib.text import Text  # noqa: PLC0415

    drawn = {}

    class Seen:
        def __enter__(self):
            self.was = Text.draw

            def draw(text, renderer, *given, **more):
                if text.get_text().strip() and text.get_visible():
                    drawn[text] = text.get_window_extent(renderer)
                return self.was(text, renderer, *given, **more)

            Text.draw = draw

        def __exit__(self, *_):
            Text.draw = self.was

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    with Seen():
        canvas.draw()
    edge = figure.bbox
    wrong = [
        f"{text.get_text()!r} leaves the picture"
        for text, box in drawn.items()
        if min(box.x0 - edge.x0, box.y0 - edge.y0, edge.x1 - box.x1, edge.y1 - box.y1) < -SLACK
    ]
    level = [(text, box) for text, box in drawn.items() if text.get_rotation() in (0, 90)]
    wrong += [
        f"{one.get_text()!r} and {other.get_text()!r} meet"
        for (one, a), (other, b) in combinations(level, 2)
        if min(a.x1, b.x1) - max(a.x0, b.x0) > SLACK and min(a.y1, b.y1) - max(a.y0, b.y0) > SLACK
    ]
    return wrong
