"""How a pack came about, in the words of W3C PROV, as PROV-JSON.

A node for each file, each step and whoever took it; none for each judgment.
Source: W3C PROV-DM (2013); PROV-JSON, W3C Member Submission (2013). Files are
named by arcp (archive and package) addresses, which need no web server.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from peritus.delivery.verification.chain import SaidEvent
from peritus.delivery.verification.derived.story import Story, experts_in
from peritus.journal.canonical import canonical, sha256

PROV = "prov.json"
Attributes = dict[str, object]
_AGENTS = {"model": "prov:SoftwareAgent", "person": "prov:Person", "source": "peritus:Source"}
_LIKE = {"used": ("activity", "entity"), "wasGeneratedBy": ("entity", "activity"),
         "wasAssociatedWith": ("activity", "agent"), "wasAttributedTo": ("entity", "agent"),
         "wasDerivedFrom": ("generatedEntity", "usedEntity"),
         "hadMember": ("collection", "entity")}  # fmt: skip
BAG, WRITING, JUDGING, AUDITING = "pack:bag", "step:writing", "step:judging", "step:auditing"
_FROZEN = ("freeze.json", "skills.json", "agreement.json", "credentials.json")
_AFTER = {
    "plan.json": ("plan.recorded", ("freeze.json",)),
    "draw.json": ("draw.made", ("freeze.json", "plan.json")),
    "certificate.json": ("lot.certified", ("audits.jsonl", "plan.json")),
}
"""Files that one event about the freeze made, and what of the pack it was made from."""
_WRITTEN = {
    "SCOPE.md": ("freeze.json",),
    "head.json": ("events.jsonl",),
    "heads.jsonl": ("events.jsonl",),
    "ledger.json": ("judgments.jsonl", "invoice.json"),
    "proofs.jsonl": ("events.jsonl", "heads.jsonl"),
    "report.pdf": (
        "SCOPE.md",
        "freeze.json",
        "audits.jsonl",
        "certificate.json",
        "verdict.json",
        "skills.json",
        "agreement.json",
        "credentials.json",
    ),
    "verdict.json": ("audits.jsonl", "plan.json"),
}
"""Files that were written with the pack, and from which others."""


@dataclass
class _Graph:
    """Nodes and relations as they are found."""

    names: set[str]
    nodes: dict[str, dict[str, Attributes]] = field(default_factory=dict)
    relations: dict[str, list[Attributes]] = field(default_factory=dict)

    def node(self, kind: str, name: str, **attributes: object) -> str:
        said = {key.replace("__", ":"): value for key, value in attributes.items()}
        self.nodes.setdefault(kind, {})[name] = said
        return name

    def relate(self, relation: str, one: str, *others: str) -> None:
        first, second = _LIKE[relation]
        found = self.relations.setdefault(relation, [])
        found += [{f"prov:{first}": one, f"prov:{second}": other} for other in others]

    def made(self, name: str, by: str, *of: str) -> None:
        """Say which step made a file of which others, as far as the pack has them."""
        sources = [_file(each) for each in of if each in self.names]
        self.relate("wasGeneratedBy", _file(name), by)
        self.relate("wasDerivedFrom", _file(name), *sources)
        if by != WRITING:
            self.use(by, *sources)

    def use(self, step: str, *sources: str) -> None:
        known = {each["prov:entity"] for each in self.relations.get("used", [])
                 if each["prov:activity"] == step}  # fmt: skip
        self.relate("used", step, *(each for each in sources if each not in known))


def provenance(members: Mapping[str, bytes], key: str) -> bytes:
    """Return prov.json of a pack's other members; ``key`` is the fingerprint that signs it."""
    others = {name: members[name] for name in sorted(members) if name != PROV}
    story, graph = Story(others), _Graph(set(others))
    for name, content in others.items():
        graph.node("entity", _file(name), peritus__bytes=len(content),
                   peritus__sha256=sha256(content))  # fmt: skip
    _tell_agents(graph, story, key)
    _tell_beginnings(graph, story)
    _tell_audit(graph, story)
    _tell_money(graph, story)
    _tell_writing(graph, key)
    return canonical({"prefix": _prefixes(story), **graph.nodes, **_numbered(graph.relations)})


def _file(name: str) -> str:
    return f"file:{name}"


def _prefixes(story: Story) -> dict[str, str]:
    base = f"arcp://uuid,{story.frozen.about}/"
    return {
        "account": "urn:uuid:",
        "event": f"{base}data/events.jsonl#",
        "expert": "urn:uuid:",
        "file": f"{base}data/",
        "guideline": f"{base}data/guideline.md#",
        "import": f"{base}data/items.jsonl#",
        "key": f"{base}data/keys.jsonl#",
        "pack": base,
        "party": f"{base}data/engagement.json#",
        "peritus": "arcp://name,peritus/terms#",
        "step": f"{base}data/judgments.jsonl#",
    }


def _numbered(relations: Mapping[str, list[Attributes]]) -> dict[str, dict[str, Attributes]]:
    """Return the relations under blank names, which PROV-JSON wants."""
    return {
        relation: {f"_:{relation}{number}": each for number, each in enumerate(found, start=1)}
        for relation, found in relations.items()
        if found
    }


def _tell_agents(graph: _Graph, story: Story, key: str) -> None:
    setting = story.setting
    for each in setting.experts:
        said = {"prov__label": each["name"], "prov__type": _AGENTS[each["kind"]]}
        if each["origin"]:
            said["peritus__origin"] = each["origin"]
        graph.node("agent", f"expert:{each['uid']}", **said)
    for party, name in (("provider", setting.provider), ("client", setting.client)):
        graph.node("agent", f"party:{party}", prov__label=name, prov__type="prov:Organization")
    graph.node("agent", f"key:{key}", prov__type="peritus:SigningKey")


def _step(graph: _Graph, event: SaidEvent) -> str:
    """Tell an event as a step, with the account that took it."""
    name = graph.node("activity", f"event:{event.order + 1}", peritus__kind=event.kind,
                      prov__endTime=event.at, prov__startTime=event.at)  # fmt: skip
    account = graph.node("agent", f"account:{event.actor}", prov__type="peritus:Account")
    graph.relate("wasAssociatedWith", name, account)
    return name


def _steps_of(graph: _Graph, name: str, kind: str, events: Iterable[SaidEvent]) -> None:
    """Tell many events as one step, with the experts who took part."""
    told = list(events)
    if told:
        graph.node("activity", name, peritus__events=len(told), peritus__kind=kind,
                   prov__endTime=told[-1].at, prov__startTime=told[0].at)  # fmt: skip
        agents = [f"expert:{uid}" for uid in experts_in(told)]
        graph.relate("wasAssociatedWith", name, *agents)


def _tell_beginnings(graph: _Graph, story: Story) -> None:
    """Tell the imports, the guidelines, and the judging and the freeze that used them."""
    imports = [_import(graph, event) for event in story.of_lot("items.added")]
    graph.relate("wasDerivedFrom", _file("items.jsonl"), *imports)
    own, others = story.lot.guideline, [each.digest for each in story.guidelines]
    rules = [_guideline(graph, story, digest) for digest in (own, *others)]
    graph.relate("wasDerivedFrom", _file("guideline.md"), rules[0])
    if others:
        graph.relate("wasDerivedFrom", _file("guidelines.jsonl"), *rules[1:])
    before = [event for event in story.judged if event.order < story.frozen.order]
    _steps_of(graph, JUDGING, "judgment.submitted", before)
    if before:
        graph.made("judgments.jsonl", JUDGING)
        graph.use(JUDGING, *imports, *rules)
    for event in story.of_lot("census.opened") + story.of_lot("calibration.closed"):
        _step(graph, event)
    frozen = _step(graph, story.frozen)
    for name in _FROZEN:
        if name in graph.names:
            graph.made(name, frozen, "judgments.jsonl")
    graph.use(frozen, *imports, rules[0])


def _import(graph: _Graph, event: SaidEvent) -> str:
    name = graph.node("entity", f"import:{event.order + 1}", peritus__count=event.data["count"],
                      peritus__digest=event.data["digest"])  # fmt: skip
    graph.relate("wasGeneratedBy", name, _step(graph, event))
    return name


def _guideline(graph: _Graph, story: Story, digest: str) -> str:
    """Tell a version of the guideline, and who published it first."""
    name = graph.node("entity", f"guideline:{digest}", peritus__sha256=digest)
    for event in story.chain.of_kind("guideline.published", digest=digest)[:1]:
        graph.relate("wasGeneratedBy", name, _step(graph, event))
    return name


def _tell_audit(graph: _Graph, story: Story) -> None:
    for event in story.chain.of_kind("nonce.committed", freeze_number=story.lot.number):
        if event.subject == story.frozen.subject:
            _step(graph, event)
    for name, (kind, sources) in _AFTER.items():
        for event in story.of_freeze(kind) if name in graph.names else ():
            graph.made(name, _step(graph, event), *sources)
    audited = {each.judgment for each in story.audits if each.judgment}
    _steps_of(graph, AUDITING, "audit.recorded", (e for e in story.judged if e.about in audited))
    by = AUDITING if audited else WRITING
    graph.made("audits.jsonl", by, "draw.json", "freeze.json")
    for event in story.of_freeze("freeze.suspended"):
        _step(graph, event)
    for name in ("certificate.json", "freeze.json"):
        if name in graph.names:
            graph.relate("wasAttributedTo", _file(name), "party:provider")


def _tell_money(graph: _Graph, story: Story) -> None:
    for event in story.chain.of_kind("invoice.issued"):
        if story.invoice is not None and event.about == story.invoice.uid:
            graph.made("invoice.json", _step(graph, event), "freeze.json", "certificate.json")


def _tell_writing(graph: _Graph, key: str) -> None:
    """Tell that the rest was written with the pack, and that the key stands for all of it."""
    graph.node("activity", WRITING, peritus__kind="evidence.written")
    graph.relate("wasAssociatedWith", WRITING, f"key:{key}")
    told = {each["prov:entity"] for each in graph.relations["wasGeneratedBy"]}
    for name in sorted(graph.names):
        if _file(name) not in told:
            graph.made(name, WRITING, *_WRITTEN.get(name, ()))
    graph.node("entity", BAG, prov__type="prov:Collection")
    graph.relate("wasGeneratedBy", BAG, WRITING)
    graph.relate("wasAttributedTo", BAG, f"key:{key}")
    graph.relate("hadMember", BAG, *(_file(name) for name in sorted(graph.names)))
