import importlib.metadata
import pkgutil

import storagedriver


def test_only_promised_names_are_public() -> None:
    submodules = {module.name for module in pkgutil.iter_modules(storagedriver.__path__)}
    # pytest adds names like `@py_builtins` where it rewrites the installed package.
    visible = {
        name for name in vars(storagedriver) if name.isidentifier() and not name.startswith("_")
    }

    assert set(storagedriver.__all__) == visible - submodules
    assert sorted(storagedriver.__all__) == storagedriver.__all__


def test_the_version_is_that_of_the_distribution() -> None:
    assert importlib.metadata.version("storagedriver") == storagedriver.__version__
