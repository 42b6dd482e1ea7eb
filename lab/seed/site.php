<?php
/** The site's settings and users. */

/** Notes under which name tests can refer to an id. */
function seed_name( $group, $name, $id ) {
	global $seed_names;
	if ( is_wp_error( $id ) || ! $id ) {
		throw new Exception( "seed: $group $name: " . ( is_wp_error( $id ) ? $id->get_error_message() : 'no id' ) );
	}
	$seed_names[ $group ][ $name ] = (int) $id;
	return (int) $id;
}

function seed_id( $group, $name ) {
	global $seed_names;
	if ( ! isset( $seed_names[ $group ][ $name ] ) ) {
		throw new Exception( "seed: there is no $group called $name" );
	}
	return $seed_names[ $group ][ $name ];
}

function seed_settings() {
	switch_theme( 'stillwater' );
	$settings = array(
		'blogname' => 'Stillwater Sleep &amp; Pain Clinic', 'blogdescription' => 'Rest is treatment',
		'timezone_string' => 'America/Los_Angeles', 'gmt_offset' => '', 'date_format' => 'F j, Y',
		'posts_per_page' => 10, 'default_comment_status' => 'open', 'thread_comments' => 1,
		'thread_comments_depth' => 5, 'comment_moderation' => 0, 'comments_notify' => 0,
		'moderation_notify' => 0, 'uploads_use_yearmonth_folders' => 1, 'show_avatars' => 1,
		'siteurl' => WP_SITEURL, 'home' => WP_HOME, 'blog_public' => 1,
	);
	foreach ( $settings as $name => $value ) {
		update_option( $name, $value );
	}
	global $wp_rewrite;
	$wp_rewrite->set_permalink_structure( '/%postname%/' );
	$wp_rewrite->flush_rules( false );
}

function seed_users() {
	global $wpdb;
	$users = array(
		// login, role, display name, first and last name, application password's role word
		array( 'frontdesk', 'administrator', 'frontdesk@dmin', 'Front', 'Desk', 'Admin' ),
		array( 'mara.editor', 'editor', 'Mara Lindqvist &amp; Team', 'Mara', 'Lindqvist', 'Editor' ),
		array( 'ilse', 'author', 'Ilse Brandt, RN', 'Ilse', 'Brandt', 'Author' ),
		array( 'guestpen', 'contributor', 'Guest Pen', 'Guest', 'Pen', 'Contributor' ),
		array( 'reader7', 'subscriber', 'reader7', '', '', 'Subscriber' ),
		array( 'drokafor', 'author', 'Dr. Ngozi Okafor', 'Ngozi', 'Okafor', '' ),
	);
	foreach ( $users as $user ) {
		list( $login, $role, $display, $first, $last, $word ) = $user;
		$fields = array(
			'user_login' => $login, 'user_pass' => "lab-$login", 'role' => $role, 'first_name' => $first,
			'last_name' => $last, 'user_email' => str_replace( '.', '-', $login ) . '@stillwater-clinic.example',
			'user_nicename' => sanitize_title( str_replace( '.', '-', $login ) ), 'user_registered' => '2012-01-09 17:00:00',
		);
		$known = get_user_by( 'login', $login );
		if ( $known ) {
			$fields['ID'] = $known->ID;
			unset( $fields['user_pass'] );
			wp_update_user( $fields );
			$id = $known->ID;
		} else {
			$id = wp_insert_user( $fields );
		}
		seed_name( 'users', $login, $id );
		$wpdb->update( $wpdb->users, array( 'display_name' => $display ), array( 'ID' => $id ) );
		clean_user_cache( $id );
		if ( $word ) {
			$password = str_pad( "Lab$word", 24, 'x' );
			$hash     = method_exists( 'WP_Application_Passwords', 'hash_password' )
				? WP_Application_Passwords::hash_password( $password ) : wp_hash_password( $password );
			update_user_meta( $id, '_application_passwords', array(
				array(
					'uuid' => "00000000-0000-4000-8000-00000000000$id", 'app_id' => '', 'name' => 'lab',
					'password' => $hash, 'created' => 1500000000, 'last_used' => null, 'last_ip' => null,
				),
			) );
		}
	}
	update_user_meta( 3, 'description', 'Ilse has run the night ward since 2011.' );
	update_network_option( get_main_network_id(), 'using_application_passwords', 1 );
}
