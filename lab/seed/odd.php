<?php
/** What every old site has somewhere: hidden states, broken posts, strange text, a bulk import. */

const SEED_SECOND = '2023-02-01 20:15:30'; // in UTC, shared by all clinic updates

function seed_oddity( $id, $slug, $title, $date, $text, $more = array() ) {
	return seed_insert( 'posts', $slug, $more + array(
		'import_id' => $id, 'post_type' => 'post', 'post_name' => $slug, 'post_title' => $title, 'post_date' => $date,
		'post_content' => seed_links( $text ), 'post_category' => array( seed_id( 'categories', 'clinic-news' ) ),
	) );
}

function seed_odd() {
	global $wpdb;
	seed_oddity( 201, 'a-packing-list-for-bad-nights', 'A Packing List For Bad Nights', '2017-05-12 10:00:00', 'Pillow, book, patience.', array( 'post_status' => 'draft' ) );
	seed_oddity( 202, 'draft-without-a-date', 'Draft Without A Date', '2016-02-02 10:00:00', 'Left behind by an import.', array( 'post_status' => 'draft' ) );
	seed_oddity( 203, 'minutes-of-the-team-meeting', 'Minutes Of The Team Meeting', '2018-03-05 18:00:00', 'Who is to repair the kettle?', array( 'post_status' => 'private' ) );
	seed_oddity( 204, 'for-our-study-group', 'For Our Study Group', '2019-03-05 18:00:00', 'The results of the <strong>second</strong> trial, for members only.', array( 'post_password' => 'lavender' ) );
	seed_oddity( 205, 'a-guest-on-snoring', 'A Guest On Snoring', '2022-03-05 18:00:00', 'Waiting for an editor.', array( 'post_status' => 'pending', 'post_author' => seed_id( 'users', 'guestpen' ) ) );
	seed_oddity( 206, 'our-jubilee', 'Our Jubilee', '2031-06-01 09:00:00', 'Twenty years of short nights.', array( 'post_status' => 'future' ) );
	seed_oddity( 207, 'a-bad-joke', 'A Bad Joke', '2015-04-01 09:00:00', 'Taken back the same day.' );
	wp_trash_post( 207 );
	update_post_meta( 207, '_wp_trash_meta_time', 1427904000 );
	seed_oddity( 208, 'how-to-find-us', 'How To Find Us', '2019-09-17 09:00:00', "From the station it is ten minutes up the hill.\n\n[appointment_map]\n\nThe bus stops at the bench." );
	seed_oddity( 209, 'music-for-the-night', 'Music For The Night', '2020-12-01 21:00:00', "Seven slow pieces for sleepless people.\n\n[playlist_pro ids=\"28,29\" style=\"dark\"]\n\nSend us yours. [su_button url=\"/contact/\"]Write[/su_button]" );
	seed_oddity( 210, 'untitled-note', '', '2021-05-05 12:00:00', 'A note without a title, as the telephone app leaves it.' );
	seed_oddity( 211, '💤-🌙', '💤 🌙 Good night!', '2022-06-21 23:00:00', 'Short: 👩🏽‍⚕️ says <em>sleep well</em>. 日本語も少し。' );
	seed_oddity( 212, 'tags-that-do-not-close', 'Tags <em>That</em> Do Not Close', '2014-02-14 10:00:00', "<div class=\"left\"><p>A div that stays open, <b>bold <i>and slanted</b> crosswise</i>.\n\n<table><tr><td>a cell<td>another\n\n&nbsp;&nbsp; A & B < C &copy; caf&eacute; \\ backslash 'quote' \"double\"" );
	seed_oddity( 213, 'in-three-pages', 'In Three Pages', '2016-10-10 10:00:00', "The first page.\n\n<!--more Go on-->\n\nStill the first.\n\n<!--nextpage-->\n\nThe second page.\n\n<!--nextpage-->\n\nThe third." );
	seed_oddity( 214, 'missed-by-the-clock', 'Missed By The Clock', '2025-03-03 06:00:00', 'It should have gone out in the morning.', array( 'post_status' => 'draft' ) );
	seed_oddity( 215, 'blocks-with-addresses', 'Blocks With Addresses', '2023-08-08 08:08:00', "<!-- wp:cover {\"url\":\"" . str_replace( '/', '\/', wp_get_attachment_url( 21 ) ) . "\",\"id\":21} -->\n<div class=\"wp-block-cover\"><img class=\"wp-block-cover__image-background wp-image-21\" alt=\"\" src=\"" . wp_get_attachment_url( 21 ) . "\" srcset=\"" . wp_get_attachment_url( 21 ) . " 1600w, " . wp_get_attachment_image_url( 21, 'medium' ) . " 300w\"/><div class=\"wp-block-cover__inner-container\"><!-- wp:heading { \"level\": 3 } -->\n<h3>Night -- and day</h3>\n<!-- /wp:heading --></div></div>\n<!-- /wp:cover -->\n\n<!-- wp:image {\"id\":32,\"lightbox\":{\"enabled\":true}} -->\n<figure class=\"wp-block-image\"><img src=\"" . wp_get_attachment_url( 32 ) . "\" alt=\"\" class=\"wp-image-32\"/></figure>\n<!-- /wp:image -->\n\n<!-- wp:paragraph -->\n<p>Share: <a href=\"https://share.example.net/?u=" . rawurlencode( home_url( '/the-fixed-hour/' ) ) . "\">this</a></p>\n<!-- /wp:paragraph -->" );
	seed_oddity( 216, 'scripts-and-frames', 'Scripts And Frames', '2018-08-08 08:00:00', "<script>window.track = 'https://stats.example.net/?p=1&b=2';</script>\n<style>.x { color: red }</style>\n<iframe src=\"https://video.example.net/embed/9\" width=\"560\" height=\"315\"></iframe>\n<form action=\"/search\"><input name=\"s\" /></form>\n\n<a href=\"javascript:void(0)\" onclick=\"alert(1)\">Click me</a>" );

	$empty = array( 'post_date_gmt' => '0000-00-00 00:00:00', 'post_modified_gmt' => '0000-00-00 00:00:00' );
	$wpdb->update( $wpdb->posts, $empty, array( 'ID' => 202 ) );
	$wpdb->update( $wpdb->posts, array( 'post_status' => 'future', 'post_date_gmt' => '2025-03-03 14:00:00' ), array( 'ID' => 214 ) );
	update_post_meta( 209, 'unregistered_key', array( 'nested' => array( 1, 2, 'three' ) ) );
}

/** 300 short posts that an import wrote within one second. */
function seed_updates() {
	global $wpdb;
	$rooms  = array( 'room 2', 'room 4', 'the garden', 'the ward', 'the front desk', 'the gym', 'the small library' );
	$events = array( 'closes earlier on Friday', 'has a new lamp', 'is free for visitors again', 'is being painted', 'gets its windows cleaned', 'opens half an hour later', 'has lost an umbrella', 'looks for a piano', 'is warm again' );
	$local  = get_date_from_gmt( SEED_SECOND );
	$term   = get_term( seed_id( 'categories', 'updates' ) )->term_taxonomy_id;
	$rows   = array();
	$links  = array();
	for ( $number = 1; $number <= 300; $number++ ) {
		$id     = 1000 + $number;
		$gmt    = gmdate( 'Y-m-d H:i:s', strtotime( '2016-01-04 17:00:00' ) + $number * 7 * 86400 );
		$text   = ucfirst( $rooms[ $number % 7 ] ) . ' ' . $events[ $number % 9 ] . ". Notice $number, pinned to the board by the front desk.";
		$rows[] = $wpdb->prepare(
			"(%d,1,%s,%s,%s,%s,'','publish','closed','closed',%s,'','',%s,%s,'',0,%s,0,'post','',0)",
			$id, get_date_from_gmt( $gmt ), $gmt, $text, "Clinic Update No. $number", "clinic-update-$number", $local, SEED_SECOND, home_url( "/?p=$id" )
		);
		$links[] = "($id,$term,0)";
	}
	$wpdb->query( "INSERT INTO $wpdb->posts (ID,post_author,post_date,post_date_gmt,post_content,post_title,post_excerpt,post_status,comment_status,ping_status,post_name,to_ping,pinged,post_modified,post_modified_gmt,post_content_filtered,post_parent,guid,menu_order,post_type,post_mime_type,comment_count) VALUES " . implode( ',', $rows ) );
	$wpdb->query( "INSERT INTO $wpdb->term_relationships VALUES " . implode( ',', $links ) );
	if ( $wpdb->last_error ) {
		throw new Exception( "seed: updates: $wpdb->last_error" );
	}
}

/** Some posts were edited later than they were written; the rest keep their first date. */
function seed_dates() {
	global $wpdb;
	foreach ( range( 101, 150 ) as $id ) {
		if ( 0 === $id % 3 ) {
			$gmt = gmdate( 'Y-m-d H:i:s', strtotime( get_post( $id )->post_date_gmt ) + 400 * 86400 + $id * 61 );
			$wpdb->update( $wpdb->posts, array( 'post_modified' => get_date_from_gmt( $gmt ), 'post_modified_gmt' => $gmt ), array( 'ID' => $id ) );
		}
	}
	// Menus, trash and some versions' own posts carry the clock of the seeding: set it back.
	$wpdb->query( $wpdb->prepare( "UPDATE $wpdb->posts SET post_modified = %s, post_modified_gmt = %s WHERE post_modified > '2026-01-01' OR ID IN (207, 214)", get_date_from_gmt( '2025-12-01 18:00:00' ), '2025-12-01 18:00:00' ) );
	$wpdb->query( $wpdb->prepare( "UPDATE $wpdb->posts SET post_date = %s, post_date_gmt = %s WHERE post_type = 'nav_menu_item'", get_date_from_gmt( '2022-12-01 18:00:00' ), '2022-12-01 18:00:00' ) );
	$wpdb->update( $wpdb->posts, array( 'post_modified' => '2025-03-01 09:00:00', 'post_modified_gmt' => '2025-03-01 17:00:00' ), array( 'ID' => 206 ) );
	$wpdb->update( $wpdb->posts, array( 'post_modified' => '2025-03-01 09:00:00', 'post_modified_gmt' => '2025-03-01 17:00:00' ), array( 'ID' => 214 ) );
	$wpdb->update( $wpdb->posts, array( 'post_modified' => '2016-02-02 10:00:00' ), array( 'ID' => 202 ) );
}
