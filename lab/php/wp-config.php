<?php
/** Configuration of a lab server: one code tree serves many sites, told apart by a JSON file. */

$lab_site = json_decode( file_get_contents( getenv( 'WP_SYNC_LAB_SITE' ) ), true );

define( 'DB_NAME', $lab_site['database'] );
define( 'DB_USER', 'root' );
define( 'DB_PASSWORD', '' );
define( 'DB_HOST', 'localhost:' . $lab_site['socket'] );
define( 'DB_CHARSET', 'utf8mb4' );
define( 'DB_COLLATE', '' );

// The keys protect nothing here; fixed ones keep two starts of the lab alike.
foreach ( array( 'AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE' ) as $lab_name ) {
	define( $lab_name . '_KEY', 'lab ' . $lab_name . ' key' );
	define( $lab_name . '_SALT', 'lab ' . $lab_name . ' salt' );
}

define( 'WP_HOME', $lab_site['url'] );
define( 'WP_SITEURL', $lab_site['url'] );
define( 'WP_CONTENT_DIR', $lab_site['content'] );
define( 'WP_CONTENT_URL', $lab_site['url'] . '/wp-content' );
define( 'WP_DEFAULT_THEME', 'stillwater' );

define( 'WP_ENVIRONMENT_TYPE', 'local' ); // application passwords without TLS
define( 'DISABLE_WP_CRON', true );
define( 'WP_HTTP_BLOCK_EXTERNAL', true );
define( 'AUTOMATIC_UPDATER_DISABLED', true );
define( 'DISALLOW_FILE_MODS', true );
define( 'WP_MEMORY_LIMIT', '512M' );
define( 'WP_DEBUG', false );

// PHP 8.1 made mysqli throw, which WordPress 5.7 does not expect.
mysqli_report( MYSQLI_REPORT_OFF );

$table_prefix = 'wp_';

if ( ! defined( 'ABSPATH' ) ) {
	define( 'ABSPATH', __DIR__ . '/' );
}
require_once ABSPATH . 'wp-settings.php';
