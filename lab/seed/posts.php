<?php
/** The blog's posts: reads posts/*.txt and dresses their paragraphs in the site's habits. */

/** The posts' headers and bodies, by id. */
function seed_read( $folder ) {
	$specs = array();
	foreach ( glob( "$folder/*.txt" ) as $file ) {
		foreach ( preg_split( '/^=== /m', file_get_contents( $file ), -1, PREG_SPLIT_NO_EMPTY ) as $chunk ) {
			list( $head, $body )     = explode( "\n\n", $chunk, 2 );
			$lines                   = explode( "\n", $head );
			list( $id, $date, $slug ) = array_map( 'trim', explode( '|', array_shift( $lines ) ) );
			$spec = array( 'id' => (int) $id, 'date' => "$date:00", 'slug' => $slug, 'author' => 'frontdesk', 'body' => trim( $body ) );
			foreach ( $lines as $line ) {
				list( $name, $value ) = explode( ': ', $line, 2 );
				$spec[ $name ]        = trim( $value );
			}
			foreach ( array( 'cats', 'tags', 'do', 'old', 'meta', 'conditions' ) as $list ) {
				$spec[ $list ] = array_filter( array_map( 'trim', explode( ',', $spec[ $list ] ?? '' ) ) );
			}
			$spec['related']      = array_filter( array_map( 'trim', explode( ';', $spec['related'] ?? '' ) ) );
			$specs[ $spec['id'] ] = $spec;
		}
	}
	ksort( $specs );
	return $specs;
}

/** The number after a habit ("cities 3"), or null when the post does not have it. */
function seed_habit( $spec, $habit ) {
	foreach ( $spec['do'] as $entry ) {
		if ( 0 === strpos( "$entry ", "$habit " ) ) {
			return (int) substr( $entry, strlen( $habit ) );
		}
	}
	return null;
}

/** One paragraph, heading or list in the post's manner: blocks, Word, or classic plain text. */
function seed_part( $text, $spec, $place ) {
	if ( '' === $text || in_array( $text[0], array( '<', '[' ), true ) && 0 !== strpos( $text, '[[' ) ) {
		return seed_links( $text );
	}
	$blocks = null !== seed_habit( $spec, 'blocks' );
	$text   = preg_replace( '/\*(\w[^*]*)\*/', '<em>$1</em>', seed_links( $text ) );
	if ( 0 === strpos( $text, '# ' ) ) {
		$heading = '<h2>' . substr( $text, 2 ) . '</h2>';
		return $blocks ? "<!-- wp:heading -->\n$heading\n<!-- /wp:heading -->" : $heading;
	}
	if ( 0 === strpos( $text, '- ' ) ) {
		$items = '';
		foreach ( explode( "\n", $text ) as $line ) {
			$items .= '<li>' . substr( $line, 2 ) . '</li>';
		}
		return $blocks ? "<!-- wp:list -->\n<ul>$items</ul>\n<!-- /wp:list -->" : "<ul>$items</ul>";
	}
	if ( $blocks ) {
		return "<!-- wp:paragraph -->\n<p>$text</p>\n<!-- /wp:paragraph -->";
	}
	if ( null !== seed_habit( $spec, 'word' ) ) {
		return '<p class="MsoNormal" style="margin-bottom: 12.0pt; line-height: 115%;"><span style="font-size: 11.0pt; line-height: 115%; font-family: \'Calibri\',sans-serif; mso-fareast-font-family: \'Times New Roman\'; color: #333333;">' . $text . '<o:p></o:p></span></p>';
	}
	return $text;
}

/** A picture at the head of a classic text, with a caption when it has one. */
function seed_image( $id ) {
	$image   = wp_get_attachment_image_src( $id, 'medium' );
	$alt     = esc_attr( get_post_meta( $id, '_wp_attachment_image_alt', true ) );
	$caption = get_post( $id )->post_excerpt;
	$tag     = sprintf( '<a href="%s"><img class="alignright size-medium wp-image-%d" src="%s" alt="%s" width="%d" height="%d" /></a>', wp_get_attachment_url( $id ), $id, $image[0], $alt, $image[1], $image[2] );
	return $caption ? "[caption id=\"attachment_$id\" align=\"alignright\" width=\"$image[1]\"]{$tag} {$caption}[/caption]" : $tag;
}

function seed_gallery( $ids ) {
	$items = '';
	foreach ( $ids as $id ) {
		$url    = wp_get_attachment_url( $id );
		$items .= "<!-- wp:image {\"id\":$id,\"sizeSlug\":\"large\",\"linkDestination\":\"none\"} -->\n<figure class=\"wp-block-image size-large\"><img src=\"$url\" alt=\"\" class=\"wp-image-$id\"/></figure>\n<!-- /wp:image -->\n";
	}
	return "<!-- wp:gallery {\"linkTo\":\"none\"} -->\n<figure class=\"wp-block-gallery has-nested-images columns-default is-cropped\">$items</figure>\n<!-- /wp:gallery -->";
}

/** The whole content of a post. */
function seed_content( $spec ) {
	$parts  = array();
	$blocks = null !== seed_habit( $spec, 'blocks' );
	if ( ! empty( $spec['image'] ) && ! $blocks ) {
		$parts[] = seed_image( (int) $spec['image'] );
	}
	if ( null !== seed_habit( $spec, 'title' ) ) {
		// Twice already on the page by the theme, and once more pasted into the text.
		$parts[] = $spec['id'] % 2 ? "<h1>{$spec['title']}</h1>" : seed_part( $spec['title'], $spec, 0 );
	}
	if ( null !== seed_habit( $spec, 'byline' ) ) {
		$line    = seed_byline( $spec );
		$parts[] = $spec['id'] % 3 ? seed_part( $line, $spec, 0 ) : "<p class=\"fusion-single-line-meta\">$line</p>";
	}
	$body   = preg_split( '/\n\n+/', $spec['body'] );
	$middle = (int) ceil( count( $body ) / 2 );
	foreach ( $body as $place => $text ) {
		if ( $place === $middle ) {
			if ( null !== seed_habit( $spec, 'empty' ) ) {
				$parts[] = '<p>&nbsp;</p>';
				$parts[] = '<p></p>';
			}
			foreach ( $spec['related'] as $entry ) {
				if ( 0 === strpos( $entry, 'irp ' ) ) {
					$parts[] = seed_related( 'irp', explode( ' ', substr( $entry, 4 ) ) );
				}
			}
		}
		$parts[] = seed_part( $text, $spec, $place );
	}
	if ( ! empty( $spec['gallery'] ) && $blocks ) {
		$parts[] = seed_gallery( wp_parse_id_list( $spec['gallery'] ) );
	}
	$cities = seed_habit( $spec, 'cities' );
	$call   = seed_habit( $spec, 'call' );
	if ( null !== $call ) {
		$parts[] = seed_part( seed_call( $call ), $spec, 0 );
	}
	if ( null !== $cities ) {
		$parts[] = seed_part( seed_cities( $cities ), $spec, 0 );
	}
	if ( ! empty( $spec['block'] ) ) {
		$parts[] = '<!-- wp:block {"ref":321} /-->';
	}
	foreach ( $spec['related'] as $entry ) {
		$words = explode( ' ', $entry );
		$kind  = array_shift( $words );
		if ( 'irp' !== $kind ) {
			$parts[] = seed_related( $kind, $words );
		}
	}
	$content = implode( "\n\n", $parts );
	if ( null !== seed_habit( $spec, 'fusion' ) ) {
		// The text module's shortcode is gone with the builder, so that its name stays readable.
		$content = "[fusion_builder_container hundred_percent=\"no\" equal_height_columns=\"no\"][fusion_builder_row][fusion_builder_column type=\"1_1\" layout=\"1_1\" spacing=\"\"][fusion_text]\n\n$content\n\n[/fusion_text][/fusion_builder_column][/fusion_builder_row][/fusion_builder_container]";
	}
	return $content;
}

/** Inserts a post under a fixed id; the fields are wp_insert_post()'s. */
function seed_insert( $group, $key, $fields ) {
	$fields += array( 'post_status' => 'publish', 'post_author' => 1, 'comment_status' => 'open', 'ping_status' => 'closed' );
	if ( empty( $fields['post_date_gmt'] ) ) {
		$fields['post_date_gmt'] = get_gmt_from_date( $fields['post_date'] );
	}
	$id = wp_insert_post( wp_slash( $fields ), true );
	if ( ! is_wp_error( $id ) && $id !== $fields['import_id'] ) {
		throw new Exception( "seed: $key got the id $id in place of {$fields['import_id']}" );
	}
	return seed_name( $group, $key, $id );
}

function seed_posts( $folder ) {
	global $seed_specs;
	remove_action( 'publish_post', '_publish_post_hook', 5 ); // no pings
	$seed_specs = seed_read( $folder );
	foreach ( $seed_specs as $id => $spec ) {
		$cats = array_map( function ( $key ) { return seed_id( 'categories', $key ); }, $spec['cats'] );
		$tags = array_map( function ( $key ) { return seed_id( 'tags', $key ); }, $spec['tags'] );
		seed_insert( 'posts', $spec['slug'], array(
			'import_id' => $id, 'post_type' => 'post', 'post_title' => $spec['title'], 'post_name' => $spec['slug'],
			'post_content' => seed_content( $spec ), 'post_date' => $spec['date'], 'post_date_gmt' => $spec['gmt'] ?? '',
			'post_author' => seed_id( 'users', $spec['author'] ), 'post_category' => $cats,
			'post_excerpt' => 0 === $id % 5 ? strtok( $spec['body'], '.' ) . ' …' : '',
		) );
		wp_set_object_terms( $id, array_values( $tags ), 'post_tag' );
		if ( $spec['conditions'] ) {
			wp_set_object_terms( $id, array_map( function ( $key ) { return seed_id( 'conditions', $key ); }, $spec['conditions'] ), 'condition' );
		}
		if ( ! empty( $spec['image'] ) ) {
			set_post_thumbnail( $id, (int) $spec['image'] );
		}
		if ( ! empty( $spec['rest'] ) ) {
			update_post_meta( $id, '_stillwater_related', str_replace( ' ', ',', $spec['rest'] ) );
		}
		foreach ( $spec['old'] as $slug ) {
			add_post_meta( $id, '_wp_old_slug', $slug );
		}
		foreach ( $spec['meta'] as $pair ) {
			list( $name, $value ) = explode( '=', $pair, 2 );
			update_post_meta( $id, $name, $value );
		}
		if ( ! empty( $spec['sticky'] ) ) {
			stick_post( $id );
		}
		if ( ! empty( $spec['format'] ) ) {
			set_post_format( $id, $spec['format'] );
		}
		update_post_meta( $id, 'fusion_builder_status', 'inactive' ); // unregistered, the theme's
	}
	update_post_meta( 104, '_stillwater_acf', array( 'lead' => 'One rule', 'reviewers' => array( 'Okafor', 'Brandt' ), 'score' => 4.5, 'draft' => false ) );
	update_post_meta( 129, '_stillwater_acf', array( 'lead' => 'Tablets & time', 'pdf' => 28 ) );
	update_post_meta( 104, '_yoast_wpseo_primary_category', seed_id( 'categories', 'cbt-i' ) );
}
