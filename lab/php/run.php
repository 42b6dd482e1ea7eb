<?php
/** Evaluates PHP from standard input in a loaded WordPress and prints what it returns as JSON. */

$_SERVER['REQUEST_METHOD'] = 'GET';
$_SERVER['REQUEST_URI']    = '/';
$_SERVER['REMOTE_ADDR']    = '127.0.0.1';
$lab_url                   = json_decode( file_get_contents( getenv( 'WP_SYNC_LAB_SITE' ) ) )->url;
$_SERVER['HTTP_HOST']      = parse_url( $lab_url, PHP_URL_HOST ) . ':' . parse_url( $lab_url, PHP_URL_PORT );
$_SERVER['SERVER_NAME']    = '127.0.0.1';

if ( getenv( 'WP_SYNC_LAB_INSTALLING' ) ) {
	define( 'WP_INSTALLING', true );
}
ob_start();
require getcwd() . '/wp-load.php';
if ( ! defined( 'WP_INSTALLING' ) ) {
	wp_set_current_user( 1 );
}
$lab_value  = eval( stream_get_contents( STDIN ) );
$lab_output = ob_get_clean();
if ( '' !== $lab_output ) {
	fwrite( STDERR, $lab_output );
}
echo "\n=====lab=====\n", json_encode( $lab_value, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_PARTIAL_OUTPUT_ON_ERROR );
