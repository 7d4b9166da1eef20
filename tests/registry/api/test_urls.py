import pytest

from storagedriver.registry.api.urls import (
    Route,
    Target,
    api_prefix,
    below,
    has_encoded_slash,
    locate,
    page_url,
    upload_url,
)

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/v2", Target(Route.BASE)),
        ("/v2/", Target(Route.BASE)),
        ("/v2/_catalog", Target(Route.CATALOG)),
        ("/v2/_oci/ext/discover", Target(Route.EXTENSIONS)),
        ("/v2/a/b/_oci/ext/discover", Target(Route.EXTENSIONS, "a/b")),
        ("/v1/_ping", Target(Route.PING)),
        ("/v1/search", Target(Route.SEARCH)),
        ("/v2/a/tags/list", Target(Route.TAGS, "a")),
        ("/v2/a/b/tags/list", Target(Route.TAGS, "a/b")),
        ("/v2/a/manifests/v1", Target(Route.MANIFEST, "a", "v1")),
        (f"/v2/a/b/c/manifests/{DIGEST}", Target(Route.MANIFEST, "a/b/c", DIGEST)),
        (f"/v2/a/blobs/{DIGEST}", Target(Route.BLOB, "a", DIGEST)),
        ("/v2/a/blobs/uploads", Target(Route.UPLOADS, "a")),
        ("/v2/a/blobs/uploads/", Target(Route.UPLOADS, "a")),
        ("/v2/a/blobs/uploads/x", Target(Route.UPLOAD, "a", "x")),
    ],
)
def test_a_path_names_its_route_repository_and_reference(path: str, expected: Target) -> None:
    assert expected == locate(path)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/v2/blobs/uploads/manifests/v1", Target(Route.MANIFEST, "blobs/uploads", "v1")),
        (f"/v2/blobs/uploads/blobs/{DIGEST}", Target(Route.BLOB, "blobs/uploads", DIGEST)),
        ("/v2/blobs/uploads/blobs/uploads/", Target(Route.UPLOADS, "blobs/uploads")),
        ("/v2/blobs/uploads/blobs/uploads/x", Target(Route.UPLOAD, "blobs/uploads", "x")),
        ("/v2/blobs/uploads/tags/list", Target(Route.TAGS, "blobs/uploads")),
        ("/v2/x/manifests/y/manifests/v1", Target(Route.MANIFEST, "x/manifests/y", "v1")),
        ("/v2/x/manifests/y/tags/list", Target(Route.TAGS, "x/manifests/y")),
        ("/v2/manifests/manifests/manifests", Target(Route.MANIFEST, "manifests", "manifests")),
        ("/v2/tags/list/tags/list", Target(Route.TAGS, "tags/list")),
        ("/v2/oci/ext/tags/list", Target(Route.TAGS, "oci/ext")),
        ("/v2/a/tags/manifests/list", Target(Route.MANIFEST, "a/tags", "list")),
    ],
)
def test_a_repository_may_be_called_like_a_route(path: str, expected: Target) -> None:
    assert expected == locate(path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "v2/",
        "/v1/",
        "/v1/_ping/",
        "/v1/search/x",
        "/v2/_oci/ext/discover/",
        "/v2x",
        "/V2/",
        "//v2/",
        "/v2//",
        "/v2/a",
        "/v2/a/",
        "/v2/_catalog/",
        "/v2//_catalog",
        "/v2/manifests/v1",
        "/v2/blobs/uploads/",
        "/v2/blobs/uploads/x",
        "/v2/tags/list",
        "/v2/a/tags",
        "/v2/a/tags/list/",
        "/v2/a/tags/lists",
        "/v2/a/manifests",
        "/v2/a/manifests/",
        "/v2/a/manifests/v1/",
        "/v2/a/blobs/",
        "/v2/a/uploads/x",
        "/v2/a/blobs/uploads/x/y",
        "/v2/a/referrers",
        "/v2/a/referrers/",
        f"/v2/referrers/{DIGEST}",
    ],
)
def test_other_paths_name_nothing(path: str) -> None:
    assert Target(Route.NOTHING) == locate(path)


@pytest.mark.parametrize(
    ("root", "path", "expected"),
    [
        ("", "/v2/", "/v2/"),
        ("/", "/v2/", "/v2/"),
        ("/r", "/r/v2/", "/v2/"),
        ("/r/", "/r/v2/", "/v2/"),
        ("/r", "/r", ""),
        ("/r", "/v2/", "/v2/"),
        ("/v2", "/v2x/v2/", "/v2x/v2/"),
    ],
)
def test_the_mount_point_is_taken_off_where_it_is_there(
    root: str, path: str, expected: str
) -> None:
    assert expected == below(root, path)


@pytest.mark.parametrize("raw", [b"/v2/a%2Fb", b"/v2/a%2fb", b"/%20%2F"])
def test_an_encoded_slash_is_seen(raw: bytes) -> None:
    assert has_encoded_slash(raw)


@pytest.mark.parametrize("raw", [None, b"/v2/a/b", b"/v2/a%252Fb", b"/v2/a%20b"])
def test_other_paths_have_no_encoded_slash(raw: bytes | None) -> None:
    assert not has_encoded_slash(raw)


@pytest.mark.parametrize(
    ("public_url", "root", "expected"),
    [
        (None, "", "/v2"),
        (None, "/", "/v2"),
        (None, "/r", "/r/v2"),
        (None, "/a\r\nb ü", "/a%0D%0Ab%20%C3%BC/v2"),
        ("https://h:1", "", "https://h:1/v2"),
        ("https://h/", "/r", "https://h/r/v2"),
    ],
)
def test_urls_begin_where_the_app_is_mounted(
    public_url: str | None, root: str, expected: str
) -> None:
    assert expected == api_prefix(public_url, root)


def test_what_stands_in_a_url_is_escaped() -> None:
    assert "/v2/a/blobs/uploads/x%2F%0D%0A" == upload_url("/v2", "a", "x/\r\n")
    assert "/v2/_catalog?n=2&last=a%2Fb" == page_url("/v2", "_catalog", limit=2, after="a/b")
