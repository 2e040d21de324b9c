"""No two modules import each other, directly or around corners."""

import grimp


def test_there_is_no_import_cycle() -> None:
    """Every module of the package can be understood before those that use it."""
    graph = grimp.build_graph("bot", cache_dir=None)
    cycles = [
        (module, other)
        for module in sorted(graph.modules)
        for other in graph.find_modules_directly_imported_by(module)
        if graph.chain_exists(importer=other, imported=module)
    ]
    assert [] == cycles
