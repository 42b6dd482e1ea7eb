<?php
/**
 * Plugin Name: Stillwater site plugin
 * Description: Content types, fields and habits of the clinic's site, and the lab's safety catches.
 */

// The lab: no mail leaves, the REST prefix can be renamed, and cron stays off.
add_filter( 'pre_wp_mail', '__return_true' );
add_filter( 'rest_url_prefix', function () {
	return $GLOBALS['lab_site']['rest_prefix'] ?? 'wp-json';
} );
add_filter( 'wp_is_application_passwords_available', '__return_true' );

add_action( 'init', function () {
	register_post_type( 'treatment', array(
		'label' => 'Treatments', 'public' => true, 'has_archive' => true, 'show_in_rest' => true,
		'rest_base' => 'treatments', 'menu_position' => 21, 'taxonomies' => array( 'condition', 'post_tag' ),
		'supports' => array( 'title', 'editor', 'excerpt', 'thumbnail', 'custom-fields', 'author', 'revisions' ),
	) );
	register_taxonomy( 'condition', array( 'treatment', 'post' ), array(
		'label' => 'Conditions', 'public' => true, 'hierarchical' => true, 'show_in_rest' => true,
		'rest_base' => 'conditions', 'rewrite' => array( 'slug' => 'condition', 'hierarchical' => true ),
	) );
	foreach ( array( 'reading_minutes' => 'integer', 'reviewed_by' => 'string', 'is_sponsored' => 'boolean' ) as $key => $type ) {
		register_post_meta( 'post', $key, array( 'type' => $type, 'single' => true, 'show_in_rest' => true, 'auth_callback' => '__return_true' ) );
	}
	register_post_meta( 'treatment', 'session_minutes', array( 'type' => 'integer', 'single' => true, 'show_in_rest' => true ) );
	add_theme_support( 'post-formats', array( 'aside', 'quote', 'link' ) );
} );

// A shortcode whose plugin went away half: rendering it is fatal, as after a failed update.
add_shortcode( 'appointment_map', function () {
	if ( get_option( 'lab_healed' ) ) {
		return '<p>Map of our rooms</p>';
	}
	return stillwater_map_tiles( 'clinic' );
} );
// What remains of the page builder: some shortcodes still work, the rest stays as text.
foreach ( array( 'fusion_builder_container', 'fusion_builder_row', 'fusion_builder_column' ) as $lab_shortcode ) {
	add_shortcode( $lab_shortcode, function ( $attributes, $content = '' ) {
		return '<div class="fusion-fullwidth">' . do_shortcode( $content ) . '</div>';
	} );
}

add_action( 'rest_api_init', function () {
	register_rest_field( 'post', 'jetpack-related-posts', array(
		'schema'       => array( 'description' => 'Related posts', 'type' => 'array', 'context' => array( 'view', 'embed', 'edit' ) ),
		'get_callback' => function ( $post ) {
			$entries = array();
			foreach ( wp_parse_id_list( get_post_meta( $post['id'], '_stillwater_related', true ) ) as $place => $id ) {
				$entries[] = array(
					'id'      => $id,
					'url'     => get_permalink( $id ),
					'url_meta' => array( 'origin' => $post['id'], 'position' => $place ),
					'title'   => get_the_title( $id ),
					'date'    => get_the_date( '', $id ),
					'context' => 'In "Sleep"',
					'rel'     => '',
					'img'     => array( 'src' => '', 'width' => 0, 'height' => 0 ),
				);
			}
			return $entries;
		},
	) );
	register_rest_field( array( 'post', 'treatment' ), 'acf', array(
		'schema'       => array( 'description' => 'ACF data', 'type' => 'object', 'context' => array( 'view', 'edit' ) ),
		'get_callback' => function ( $post ) {
			$stored = get_post_meta( $post['id'], '_stillwater_acf', true );
			return $stored ? $stored : array();
		},
	) );
	register_rest_field( array( 'post', 'page' ), 'yoast_head_json', array(
		'schema'       => array( 'description' => 'Yoast head', 'type' => 'object', 'context' => array( 'view', 'edit' ) ),
		'get_callback' => function ( $post ) {
			return array(
				'title'     => html_entity_decode( get_the_title( $post['id'] ) ) . ' - Stillwater',
				'robots'    => array( 'index' => 'index', 'follow' => 'follow' ),
				'canonical' => get_permalink( $post['id'] ),
				'og_type'   => 'article',
			);
		},
	) );
} );
