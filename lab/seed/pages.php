<?php
/** Pages with parents, treatments, reusable blocks and the menu. */

function seed_page( $id, $slug, $title, $order, $parent, $text, $more = array() ) {
	return seed_insert( 'pages', $slug, $more + array(
		'import_id' => $id, 'post_type' => 'page', 'post_name' => $slug, 'post_title' => $title, 'menu_order' => $order,
		'post_parent' => $parent, 'post_content' => $text, 'post_date' => '2012-02-01 09:' . ( $id - 40 ) . ':00', 'comment_status' => 'closed',
	) );
}

function seed_paragraphs( ...$texts ) {
	return implode( "\n\n", array_map( function ( $text ) {
		return "<!-- wp:paragraph -->\n<p>" . seed_links( $text ) . "</p>\n<!-- /wp:paragraph -->";
	}, $texts ) );
}

function seed_pages() {
	seed_page( 50, 'about', 'About Us', 1, 0, seed_paragraphs( 'Stillwater is a small house for people who hurt and cannot sleep. Two physicians, six nurses, a physiotherapist and a garden.', 'We opened with four beds. There are nine now, and we do not want to grow further.' ) );
	seed_page( 51, 'team', 'Our Team', 2, 50, seed_paragraphs( 'Everybody here answers the telephone once a week, physicians included.' ) );
	seed_page( 52, 'dr-okafor', 'Dr. Ngozi Okafor', 1, 51, seed_paragraphs( 'Dr. Okafor came from the sea to the hills for the sake of quiet. She leads the pain team.' ) );
	seed_page( 53, 'history', 'History &amp; House', 3, 50, seed_paragraphs( 'The house was a school for lighthouse keepers. The stairs are theirs.' ) );
	seed_page( 54, 'contact', 'Contact', 9, 0, '<h1>Contact</h1>' . "\n\nAlder Street 12, Port Amity. Telephone 555-0142-77, weekdays from eight.\n\n[contact-form-7 id=\"77\" title=\"Contact form 1\"]" );
	seed_page( 55, 'services', 'Services', 5, 0, "[fusion_builder_container][fusion_builder_row][fusion_builder_column type=\"1_2\"][fusion_text]Nights in the ward.[/fusion_text][/fusion_builder_column][/fusion_builder_row][/fusion_builder_container]" );
	seed_page( 56, 'privacy', 'Privacy Policy', 10, 0, seed_paragraphs( 'We keep what the law wants us to keep, and we lose nothing on purpose.' ) );
	seed_page( 57, 'new-prices', 'New Prices', 0, 0, seed_paragraphs( 'To be decided.' ), array( 'post_status' => 'draft' ) );
	seed_page( 58, 'staff-rota', 'Staff Rota', 0, 50, seed_paragraphs( 'Nights: Ilse, Ilse, Ilse.' ), array( 'post_status' => 'private' ) );
	seed_page( 59, 'übersicht', 'Übersicht', 11, 0, seed_paragraphs( 'Eine kurze Übersicht auf Deutsch.' ) );
	update_option( 'wp_page_for_privacy_policy', 56 );
}

function seed_treatments() {
	$treatments = array(
		array( 301, 'sleep-ward-night', 'Night In The Sleep Ward', array( 'sleep-disorders' ), 480 ),
		array( 302, 'mask-fitting', 'Mask Fitting', array( 'sleep-disorders' ), 45 ),
		array( 303, 'six-evenings', 'Six Evenings: CBT-I', array( 'sleep-disorders', 'restless-legs' ), 90 ),
		array( 304, 'nerve-block', 'Nerve Block &amp; Watch', array( 'neck', 'lower-back' ), 60 ),
		array( 305, 'infusion', 'Infusion', array( 'spine', 'head' ), 180 ),
		array( 306, 'slow-training', 'Slow Training', array( 'lower-back' ), 50 ),
		array( 307, 'headache-mapping', 'Headache Mapping', array( 'head', 'tension' ), 40 ),
	);
	foreach ( $treatments as list( $id, $slug, $title, $conditions, $minutes ) ) {
		seed_insert( 'treatments', $slug, array(
			'import_id' => $id, 'post_type' => 'treatment', 'post_name' => $slug, 'post_title' => $title,
			'post_date' => '2021-09-0' . ( $id - 300 ) . ' 10:00:00', 'post_excerpt' => "$title takes $minutes minutes.",
			'post_content' => seed_paragraphs( "$title: plan $minutes minutes and a quiet hour afterwards.", 'What it can do and what it cannot is told to you beforehand. Background in [[own 101|this post]].' ),
		) );
		wp_set_object_terms( $id, array_map( function ( $key ) { return seed_id( 'conditions', $key ); }, $conditions ), 'condition' );
		update_post_meta( $id, 'session_minutes', $minutes );
	}
	seed_insert( 'treatments', 'cold-chamber', array( 'import_id' => 308, 'post_type' => 'treatment', 'post_name' => 'cold-chamber', 'post_title' => 'Cold Chamber', 'post_status' => 'draft', 'post_date' => '2022-01-05 10:00:00', 'post_content' => 'Perhaps.' ) );
	update_post_meta( 305, '_stillwater_acf', array( 'risks' => array( 'light head', 'nausea' ), 'beds' => 2 ) );
}

function seed_blocks() {
	seed_insert( 'blocks', 'closing-note', array( 'import_id' => 321, 'post_type' => 'wp_block', 'post_name' => 'closing-note', 'post_title' => 'Closing note', 'post_date' => '2022-12-01 10:00:00', 'post_content' => seed_paragraphs( 'This text replaces no visit. Call us when you are worried.' ) ) );
	seed_insert( 'blocks', 'opening-hours', array( 'import_id' => 322, 'post_type' => 'wp_block', 'post_name' => 'opening-hours', 'post_title' => 'Opening hours', 'post_date' => '2022-12-01 10:05:00', 'post_content' => seed_paragraphs( 'Weekdays eight to six; the ward never closes.' ) ) );
}

function seed_menu() {
	$menu  = seed_name( 'menus', 'main', wp_create_nav_menu( 'Main Menu' ) );
	$items = array(
		// key, title, parent, what
		array( 'home', 'Home', '', array( 'menu-item-type' => 'custom', 'menu-item-url' => home_url( '/' ) ) ),
		array( 'about', '', '', array( 'menu-item-type' => 'post_type', 'menu-item-object' => 'page', 'menu-item-object-id' => 50 ) ),
		array( 'team', '', 'about', array( 'menu-item-type' => 'post_type', 'menu-item-object' => 'page', 'menu-item-object-id' => 51 ) ),
		array( 'okafor', 'Dr. Okafor', 'team', array( 'menu-item-type' => 'post_type', 'menu-item-object' => 'page', 'menu-item-object-id' => 52 ) ),
		array( 'sleep', 'Sleep &amp; Rest', '', array( 'menu-item-type' => 'taxonomy', 'menu-item-object' => 'category', 'menu-item-object-id' => seed_id( 'categories', 'sleep' ) ) ),
		array( 'infusion', '', 'sleep', array( 'menu-item-type' => 'post_type', 'menu-item-object' => 'treatment', 'menu-item-object-id' => 305 ) ),
		array( 'outside', 'Find a lab', '', array( 'menu-item-type' => 'custom', 'menu-item-url' => 'https://www.example.org/sleep-society/', 'menu-item-target' => '_blank' ) ),
	);
	foreach ( $items as $place => list( $key, $title, $parent, $what ) ) {
		$id = wp_update_nav_menu_item( $menu, 0, $what + array(
			'menu-item-title' => $title, 'menu-item-status' => 'publish', 'menu-item-position' => $place + 1,
			'menu-item-parent-id' => $parent ? seed_id( 'menu_items', $parent ) : 0,
		) );
		seed_name( 'menu_items', $key, $id );
	}
	set_theme_mod( 'nav_menu_locations', array( 'main_navigation' => $menu ) );
	if ( post_type_exists( 'wp_navigation' ) ) {
		seed_insert( 'navigation', 'block-menu', array( 'import_id' => 1400, 'post_type' => 'wp_navigation', 'post_name' => 'block-menu', 'post_title' => 'Block menu', 'post_date' => '2022-12-02 10:00:00', 'post_content' => '<!-- wp:navigation-link {"label":"Contact","type":"page","id":54,"url":"' . home_url( '/contact/' ) . '","kind":"post-type"} /-->' ) );
	}
}
