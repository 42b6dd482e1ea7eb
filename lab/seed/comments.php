<?php
/** Comments: threads, guests and staff, what waits for a moderator, and what was thrown away. */

function seed_comment( $key, $post, $date, $author, $text, $parent = '', $approved = 1, $more = array() ) {
	$user   = get_user_by( 'login', $author );
	$fields = array(
		'comment_post_ID' => $post, 'comment_content' => $text, 'comment_approved' => $approved,
		'comment_parent' => $parent ? seed_id( 'comments', $parent ) : 0, 'comment_date' => $date, 'comment_date_gmt' => get_gmt_from_date( $date ),
		'comment_author' => $user ? $user->display_name : $author, 'user_id' => $user ? $user->ID : 0,
		'comment_author_email' => $user ? $user->user_email : sanitize_title( $author ) . '@guests.example',
		'comment_author_url' => '', 'comment_author_IP' => '192.0.2.' . ( $post % 200 ), 'comment_agent' => 'Mozilla/5.0 (lab)', 'comment_type' => 'comment',
	);
	return seed_name( 'comments', $key, wp_insert_comment( wp_slash( array_merge( $fields, $more ) ) ) );
}

function seed_comments() {
	seed_comment( 'top', 104, '2012-11-07 08:00:00', 'Wilma P.', 'I tried the fixed hour for a week. Hard, but the afternoons are <em>clearer</em>.' );
	seed_comment( 'reply', 104, '2012-11-07 12:30:00', 'ilse', 'That is the right order, Wilma. Nights follow in week three.', 'top' );
	seed_comment( 'reply-reply', 104, '2012-11-28 07:15:00', 'Wilma P.', 'Week three: you were right 😊', 'reply' );
	seed_comment( 'second-top', 104, '2013-01-02 09:00:00', 'Otto', 'Does it hold for Sundays too?' );
	seed_comment( 'second-reply', 104, '2013-01-02 10:00:00', 'frontdesk', 'For Sundays most of all. See <a href="' . home_url( '/why-sleep-breaks-when-pain-moves-in/' ) . '">this post</a>.', 'second-top' );
	seed_comment( 'staff', 101, '2012-03-20 10:00:00', 'drokafor', 'A good beginning & a fair warning.' );
	seed_comment( 'pending', 101, '2024-02-03 10:00:00', 'Nina', 'May I print this for my group?', '', 0 );
	seed_comment( 'pending-reply', 104, '2024-02-04 10:00:00', 'Jo', 'Still true today!', 'reply', 0 );
	seed_comment( 'spam', 106, '2020-02-04 03:00:00', 'Cheap Pillz', 'Buy now <a href="https://pillz.example.net">here</a> <a href="https://pillz.example.net/2">and here</a>', '', 'spam' );
	seed_comment( 'trash', 106, '2020-02-05 03:00:00', 'Angry', 'Deleted by a moderator.', '', 'trash' );
	seed_comment( 'pingback', 110, '2015-06-01 10:00:00', 'A sleep blog', '[...] what Stillwater writes [...]', '', 1, array( 'comment_type' => 'pingback', 'comment_author_url' => 'https://www.example.org/blog/cbt' ) );
	seed_comment( 'dst', 160, '2024-11-03 01:40:00', 'Night owl', 'Which half past one was it?' );
	seed_comment( 'on-page', 53, '2013-03-03 10:00:00', 'Keeper', 'My grandfather learned here.' );
	seed_comment( 'on-private', 203, '2018-03-06 09:00:00', 'mara.editor', 'I repaired the kettle.' );
	seed_comment( 'on-protected', 204, '2019-03-06 09:00:00', 'reader7', 'Table two has a slip in row four.' );
	foreach ( array( 'Bea', 'Carl', 'Dunja', 'Emre', 'Fay', 'Gus', 'Hana', 'Ivo', 'Jill', 'Kofi', 'Lea', 'Mo' ) as $place => $guest ) {
		seed_comment( 'guest-' . ( $place + 1 ), 112 + $place, sprintf( '2018-%02d-11 19:%02d:00', $place + 1, $place ), $guest, "Thank you, this helped. ($guest)" );
	}
}
