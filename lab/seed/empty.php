<?php
/** An installed WordPress with the clinic's settings and users and nothing else: a new site. */

foreach ( array( 'text', 'site', 'manifest' ) as $seed_part ) {
	require __DIR__ . "/$seed_part.php";
}
$seed_names = array();
seed_settings();
seed_users();
global $wpdb;
// What some versions make by themselves while installing (global styles, fonts, a navigation).
$wpdb->query( "DELETE FROM $wpdb->posts" );
$wpdb->query( "DELETE FROM $wpdb->postmeta" );
wp_cache_flush();
return array( 'names' => $seed_names );
