<?php
/** Fills an installed WordPress with the clinic's blog and returns the manifest of what it made. */

require_once ABSPATH . 'wp-admin/includes/image.php';
require_once ABSPATH . 'wp-admin/includes/file.php';
require_once ABSPATH . 'wp-admin/includes/media.php';
require_once ABSPATH . 'wp-admin/includes/nav-menu.php';
foreach ( array( 'text', 'site', 'terms', 'media', 'posts', 'pages', 'odd', 'comments', 'manifest' ) as $seed_part ) {
	require __DIR__ . "/$seed_part.php";
}

// Revisions would only be made by our own second looks at a post; the site has few of them.
remove_action( 'post_updated', 'wp_save_post_revision' );
remove_action( 'wp_after_insert_post', 'wp_save_post_revision_on_insert', 9 );
remove_action( 'transition_post_status', '_update_term_count_on_transition_post_status', 10 );
wp_defer_term_counting( true );
wp_defer_comment_counting( true );
kses_remove_filters();

$seed_names = array();
seed_settings();
seed_users();
seed_terms();
seed_media();
seed_posts( __DIR__ . '/posts' );
seed_pages();
seed_treatments();
seed_blocks();
seed_odd();
seed_updates();
seed_menu();
seed_comments();
seed_dates();
seed_finish();
return seed_manifest();
