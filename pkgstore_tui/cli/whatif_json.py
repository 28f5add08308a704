"""The answers of whatif as one JSON document."""

from typing import Any

from pkgstore.explain.answer import Answer, Step
from pkgstore.explain.bumps import Possible
from pkgstore.explain.moves import Lost, Move
from pkgstore_tui.cli.reading import Look, damage_json
from pkgstore_tui.cli.whatif_asked import Asked


def whatif_json(asked: Asked) -> dict[str, Any]:
    """Everything that was asked and answered; what is not known is null."""
    look = asked.look
    to_compile = sum(len(answer.to_compile) for answer in asked.answers)
    return {
        "root": look.snapshot.root,
        "lockfile": asked.lockfile or None,
        "bumps": [_bump_json(each) for each in asked.bumps],
        "alone": _answer_json(look, asked.alone) if asked.alone is not None else None,
        "apps": [_move_json(look, move) for move in asked.moves],
        "together": {
            "to_compile": to_compile,
            "different_builds": len({step.build for step, _ in asked.compiled.values()}),
            "lost": [_lost_json(look, each) for each in asked.lost],
        },
        "damage": damage_json(dict.fromkeys((*look.roots.damage, *look.snapshot.damage))),
    }


def _bump_json(each: Possible) -> dict[str, Any]:
    return {
        "package": each.bump.package,
        "version": each.bump.version or None,
        "key_known": each.certain is not None,
        "may_be_unknown": each.is_open,
        "keys": [{"source_hash": key, "version": version or None} for key, version in each.keys.items()],
    }


def _move_json(look: Look, move: Move) -> dict[str, Any]:
    answer = move.answer
    found = (
        _answer_json(look, answer) if answer is not None else {"platform": None, "counts": None, "compile": None}
    )
    return {
        "app": move.app.key.name,
        "known": answer is not None,
        "why_not_known": move.unknown or None,
        "lockfile_gives_manifest": move.agreement.agrees,
        "changed": list(answer.bumped) if answer is not None else None,
        **found,
        "lost": [_lost_json(look, each) for each in move.lost] if answer is not None else None,
    }


def _answer_json(look: Look, answer: Answer) -> dict[str, Any]:
    stats = answer.stats
    return {
        "platform": answer.platform,
        "counts": {
            "hits": stats.hits,
            "misses": stats.misses,
            "abi_hits": stats.abi_hits,
            "abi_rebuilds": stats.abi_rebuilds,
            "not_known": answer.uncertain,
        },
        "compile": [_step_json(look, step) for step in answer.to_compile],
    }


def _step_json(look: Look, step: Step) -> dict[str, Any]:
    return {
        "package": step.package,
        "version": step.version or None,
        "source_hash": step.source_hash,
        "config_hash": step.config_hash,
        "outcome": step.outcome.value,
        "cause": step.cause.value or None,
        "linked": list(step.linked),
        "store": step.lack.value,
        "certain": step.certain,
        "hits_with": [
            {"package": name, "source_hash": key, "version": look.source(name, key).version or None}
            for name, key in step.hits_with
        ],
    }


def _lost_json(look: Look, each: Lost) -> dict[str, Any]:
    key = each.config.key
    name = look.source(key.package, key.source_hash)
    return {
        "platform": key.platform,
        "package": key.package,
        "version": name.version or None,
        "source_hash": key.source_hash,
        "config_hash": key.config_hash,
        "at_once": each.at_once,
    }
