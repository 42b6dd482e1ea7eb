<?php
/** Installs WordPress into an empty database and clears away its sample content. */

require_once ABSPATH . 'wp-admin/includes/upgrade.php';
add_filter( 'pre_wp_mail', '__return_true' );

wp_install( 'Stillwater Sleep & Pain Clinic', 'frontdesk', 'frontdesk@stillwater-clinic.example', true, '', 'lab-frontdesk' );

global $wpdb;
foreach ( array( 'posts', 'postmeta', 'comments', 'commentmeta', 'term_relationships' ) as $lab_table ) {
	$wpdb->query( "TRUNCATE {$wpdb->prefix}$lab_table" );
}
$wpdb->query( "DELETE FROM {$wpdb->prefix}term_taxonomy WHERE term_id > 1" );
$wpdb->query( "DELETE FROM {$wpdb->prefix}terms WHERE term_id > 1" );
// Versions create different sample terms: start counting anew so that ids agree everywhere.
$wpdb->query( "ALTER TABLE {$wpdb->prefix}term_taxonomy AUTO_INCREMENT = 2" );
$wpdb->query( "ALTER TABLE {$wpdb->prefix}terms AUTO_INCREMENT = 2" );
$wpdb->query( "ALTER TABLE {$wpdb->prefix}posts AUTO_INCREMENT = 2" );
return $wpdb->get_var( 'SELECT COUNT(*) FROM ' . $wpdb->users );
