<?php
/** Settles counts and caches at the end of the seeding, and tells tests what there is. */

function seed_finish() {
	global $wpdb;
	wp_defer_comment_counting( false );
	wp_defer_term_counting( false );
	foreach ( get_taxonomies() as $taxonomy ) {
		$ids = $wpdb->get_col( $wpdb->prepare( "SELECT term_taxonomy_id FROM $wpdb->term_taxonomy WHERE taxonomy = %s", $taxonomy ) );
		if ( $ids ) {
			wp_update_term_count_now( array_map( 'intval', $ids ), $taxonomy );
		}
		delete_option( "{$taxonomy}_children" );
	}
	// Nothing waits in the queue, so that a later start has no work of its own.
	update_option( 'cron', array( 'version' => 2 ) );
	$wpdb->query( "DELETE FROM $wpdb->options WHERE option_name LIKE '\_transient%' OR option_name LIKE '\_site\_transient%'" );
	$wpdb->query( "DELETE FROM $wpdb->postmeta WHERE meta_key IN ('_pingme', '_encloseme', '_edit_lock')" );
	wp_cache_flush();
}

function seed_pairs( $sql ) {
	global $wpdb;
	$pairs = array();
	foreach ( $wpdb->get_results( $sql, ARRAY_N ) as $row ) {
		$pairs[ $row[0] ][ $row[1] ] = (int) $row[2];
	}
	return $pairs;
}

function seed_manifest() {
	global $wpdb, $seed_names, $seed_specs;
	$related = array();
	foreach ( $seed_specs as $id => $spec ) {
		foreach ( $spec['related'] as $entry ) {
			$words                      = explode( ' ', $entry );
			$kind                       = array_shift( $words );
			$related[ $id ][] = array( 'kind' => $kind, 'targets' => array_map( function ( $word ) { return is_numeric( $word ) ? (int) $word : $word; }, $words ) );
		}
	}
	$rest = array();
	foreach ( $seed_specs as $id => $spec ) {
		if ( ! empty( $spec['rest'] ) ) {
			$rest[ $id ] = wp_parse_id_list( str_replace( ' ', ',', $spec['rest'] ) );
		}
	}
	$old = array();
	foreach ( $wpdb->get_results( "SELECT meta_value, post_id FROM $wpdb->postmeta WHERE meta_key = '_wp_old_slug'" ) as $row ) {
		$old[ $row->meta_value ] = (int) $row->post_id;
	}
	$published = function ( $type ) use ( $wpdb ) {
		return (int) $wpdb->get_var( $wpdb->prepare( "SELECT COUNT(*) FROM $wpdb->posts WHERE post_type = %s AND post_status = 'publish'", $type ) );
	};
	$terms = array();
	foreach ( $wpdb->get_results( "SELECT taxonomy, COUNT(*) AS total FROM $wpdb->term_taxonomy GROUP BY taxonomy" ) as $row ) {
		$terms[ $row->taxonomy ] = (int) $row->total;
	}
	$readable = (int) $wpdb->get_var( "SELECT COUNT(*) FROM $wpdb->comments c JOIN $wpdb->posts p ON p.ID = c.comment_post_ID WHERE c.comment_approved = '1' AND c.comment_type = 'comment' AND p.post_status = 'publish' AND p.post_password = ''" );
	return array(
		'names'            => $seed_names,
		// What an anonymous reader's X-WP-Total says, by REST collection.
		'public'           => array(
			'posts' => $published( 'post' ), 'pages' => $published( 'page' ), 'treatments' => $published( 'treatment' ), 'media' => count( $seed_names['media'] ),
			'categories' => $terms['category'], 'tags' => $terms['post_tag'], 'conditions' => $terms['condition'],
			'comments' => (int) $wpdb->get_var( "SELECT COUNT(*) FROM $wpdb->comments WHERE comment_approved = '1' AND comment_type = 'comment'" ),
		),
		// Totals count comments on private and protected posts, whose bodies are then left out.
		'readable_comments' => $readable,
		'posts'            => seed_pairs( "SELECT post_type, post_status, COUNT(*) FROM $wpdb->posts GROUP BY 1, 2" ),
		'terms'            => $terms,
		'comments'         => seed_pairs( "SELECT comment_type, comment_approved, COUNT(*) FROM $wpdb->comments GROUP BY 1, 2" ),
		'users'            => (int) $wpdb->get_var( "SELECT COUNT(*) FROM $wpdb->users" ),
		'default_category' => (int) get_option( 'default_category' ),
		'timezone'         => get_option( 'timezone_string' ),
		'old_host'         => SEED_OLD_HOST,
		'old_slugs'        => $old,
		'broken'           => 208,
		'draft'            => 201,
		'draft_without_date' => 202,
		'private'          => 203,
		'protected'        => 204,
		'password'         => 'lavender',
		'pending'          => 205,
		'scheduled'        => 206,
		'trashed'          => 207,
		'missed_schedule'  => 214,
		'sticky'           => array_map( 'intval', get_option( 'sticky_posts' ) ),
		'updates'          => array( 'first' => 1001, 'last' => 1300, 'count' => 300, 'modified_gmt' => str_replace( ' ', 'T', SEED_SECOND ) ),
		'repeated_hour'    => array( 160, 161 ),
		'missing_file'     => 26,
		'media_files'      => array_map( 'wp_get_attachment_url', $seed_names['media'] ),
		'lightbox'         => 215, // a new id on each rendering from 6.4 on
		'embeds'           => array( 116, 162 ),
		'related'          => $related,
		'related_field'    => $rest,
		'reusable_block'   => array( 'id' => 321, 'used_by' => array( 150, 164 ) ),
		'galleries'        => array( 'shortcode' => 118, 'block' => 150 ),
	);
}
