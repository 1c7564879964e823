"""Reads a QTI package with pyslet and answers every choice in every way. Run as a program.

pyslet knows QTI 2.1 by its own classes, attributes and content models, and runs response
processing itself. It prints JSON: what it made of each file, the score of each set of options.
Elements that it has no class for are listed as `strangers`.
"""

import io
import itertools
import json
import sys
import zipfile

import pyslet.imscpv1p2 as package
import pyslet.qtiv2.xml as qti
from pyslet.qtiv2 import interactions, items, tests, variables
from pyslet.xml import namespace


def walk(element):
    yield element
    for child in element.get_children():
        if hasattr(child, "get_children"):
            yield from walk(child)


def read(data, kind):
    document = kind()
    document.read(src=io.BytesIO(data))
    return document.root


def strangers(root):
    return [str(one.xmlname) for one in walk(root) if type(one) is namespace.XMLNSElement]


def scores(root):
    """SCORE for each set of options, by their identifiers."""
    options = [one.identifier for one in walk(root) if isinstance(one, interactions.SimpleChoice)]
    if not options:
        return {}
    declared = root.ResponseDeclaration[0]
    is_single = declared.cardinality == variables.Cardinality.single
    found = {}
    for size in [1] if is_single else range(1, len(options) + 1):
        for chosen in itertools.combinations(options, size):
            state = variables.ItemSessionState(root)
            state.begin_session()
            state["RESPONSE"].set_value(chosen[0] if is_single else list(chosen))
            root.ResponseProcessing.run(state)
            found[",".join(chosen)] = state["SCORE"].value
    return found


def key(root):
    found = [one for one in root.ResponseDeclaration if one.CorrectResponse is not None]
    return sorted(str(v.get_value()) for one in found for v in one.CorrectResponse.get_children())


def main(path):
    out = {"items": {}, "strangers": []}
    with zipfile.ZipFile(path) as archive:
        manifest = read(archive.read("imsmanifest.xml"), package.ManifestDocument)
        out["manifest"] = type(manifest).__name__
        resources = [one for one in walk(manifest) if isinstance(one, package.Resource)]
        out["resources"] = {str(one.id): [str(one.type), str(one.href)] for one in resources}
        test = read(archive.read("test.xml"), qti.QTIDocument)
        assert isinstance(test, tests.AssessmentTest), type(test)
        out["strangers"] += strangers(test)
        refs = [one for one in walk(test) if isinstance(one, tests.AssessmentItemRef)]
        out["order"] = [str(one.href) for one in refs]
        for name in out["order"]:
            root = read(archive.read(name), qti.QTIDocument)
            assert isinstance(root, items.AssessmentItem), type(root)
            out["strangers"] += strangers(root)
            out["items"][root.identifier] = {
                "key": key(root),
                "scores": scores(root),
                "interactions": [
                    type(one).__name__
                    for one in walk(root)
                    if isinstance(one, interactions.Interaction)
                ],
            }
    print(json.dumps(out))


if __name__ == "__main__":
    main(sys.argv[1])
