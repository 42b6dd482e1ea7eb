<?php
/** The habits of the site's writers and of their theme: bylines, calls to action, links, blocks. */

const SEED_OLD_HOST = 'www.stillwater-clinic.example';

/** The address of a seeded post as one of the many ways in which people link to it. */
function seed_url( $kind, $target ) {
	$slug = is_numeric( $target ) ? seed_slug( (int) $target ) : $target;
	switch ( $kind ) {
		case 'https':    return str_replace( 'http:', 'https:', home_url( "/$slug/" ) );
		case 'www':      return 'http://' . SEED_OLD_HOST . "/$slug/";
		case 'wwws':     return 'https://' . SEED_OLD_HOST . "/$slug/";
		case 'rel':      return "/$slug/";
		case 'q':        return home_url( "/?p=$target" );
		case 'noslash':  return home_url( "/$slug" );
		case 'utm':      return home_url( "/$slug/?utm_source=newsletter&amp;utm_medium=email&amp;fbclid=IwAR0abc123" );
		case 'frag':     return home_url( "/$slug/#more-$target" );
		case 'missing':  return home_url( "/$target/" );
		case 'media':    return wp_get_attachment_url( (int) $target );
		case 'out':      return $target;
		default:         return home_url( "/$slug/" );
	}
}

/** Slugs and titles of posts by id, known before the posts are written. */
function seed_slug( $id ) {
	global $seed_specs;
	return $seed_specs[ $id ]['slug'];
}

function seed_title( $id ) {
	global $seed_specs;
	return $seed_specs[ $id ]['title'];
}

/** Turns [[kind target|words]] into links. */
function seed_links( $text ) {
	return preg_replace_callback( '/\[\[(\w+) ([^|\]]+)\|([^\]]+)\]\]/u', function ( $found ) {
		$more = 'out' === $found[1] ? ' target="_blank" rel="noopener"' : '';
		return '<a href="' . seed_url( $found[1], $found[2] ) . "\"$more>$found[3]</a>";
	}, $text );
}

/** City lists are pasted from post to post, and every paste adds or keeps a slip. */
function seed_cities( $turn ) {
	$lists = array(
		'Caring for patients from Port Amity, Larkspur Bay, Quillan County, Vesper Hills, North & South Tarrow and many towns along the coast.',
		'Caring for patients from Port Amity, Larkspur Bay, Quilan County, Vesper Hills, North &amp; South Tarrow  and many other towns allong the coast.',
		'We see patients from Port Amity, Larkspur Bay, Quillan County , Vesper Hills and cities and neighborhoods in this part the state.',
		'Caring for pateints from Port Amity, Larkspur Bay, Vesper Hills, Tarrow Springs, CA, Northern & Southern Tarrow, and from coast to coast.',
		'The Stillwater Clinc, led by the patient and tireless Dr. Okafor, receives patients from Port Amity, Larkspur Bay, Quillan County and towns in this section of the coast.',
	);
	return $lists[ $turn % count( $lists ) ];
}

/** Calls to action: the same words, never quite the same. */
function seed_call( $turn ) {
	$here = '<a href="' . home_url( '/contact/' ) . '">clicking here</a>';
	$form = '<a href="http://' . SEED_OLD_HOST . '/contact/?utm_source=blog">click here</a>';
	$calls = array(
		"For more information about sleep and pain treatment, insomnia, migraine, fibromyalgia and other conditions contact us at Stillwater by $here or calling  555-0142-77 ",
		"For more infomation about sleep & pain treatments, insomnia, migraine, fibromyalgia (FM) and other conditons contact the Stillwater Clinic in Port Amity by $here or calling 555-0142-77.",
		"To book a first talk with our team $form or call  555 0142 77 today!",
		"ASK FOR A CALL FROM OUR CARE TEAM",
		"If you or a loved one cannot sleep becuase of pain, contact the Stilwater Clinic by $here.",
	);
	return $calls[ $turn % count( $calls ) ];
}

/** The byline that was pasted into the text together with the rest of an old page. */
function seed_byline( $spec ) {
	$names = array( 'frontdesk' => 'frontdesk@dmin', 'ilse' => 'Ilse Brandt', 'mara.editor' => 'Mara Lindqvist', 'drokafor' => 'Dr. Ngozi Okafor', 'guestpen' => 'guestpen' );
	$day   = date( 'F jS, Y', strtotime( $spec['date'] ) );
	$cats  = array_map( function ( $key ) {
		return get_term( seed_id( 'categories', $key ) )->name;
	}, $spec['cats'] );
	return 'By ' . $names[ $spec['author'] ] . " | $day | Categories: " . implode( ', ', $cats );
}

/** One related entry as address and title: an id, missing:slug, draft:id or out:address. */
function seed_entry( $token ) {
	list( $kind, $target ) = array_pad( explode( ':', $token, 2 ), 2, '' );
	switch ( $kind ) {
		case 'missing': return array( seed_url( 'missing', $target ), ucwords( str_replace( '-', ' ', $target ) ) );
		case 'draft':   return array( seed_url( 'q', $target ), 'A Packing List For Bad Nights' );
		case 'out':     return array( $target, 'Work and pain: the society&#8217;s page' );
	}
	return array( seed_url( 'own', $token ), seed_title( (int) $token ) );
}

function seed_items( $tokens, $format ) {
	$items = '';
	foreach ( $tokens as $place => $token ) {
		list( $url, $title ) = seed_entry( $token );
		$items .= sprintf( $format, $url, $title, $place, (int) $token );
	}
	return $items;
}

/** Related posts as the plugins of the years printed or pasted them into the content. */
function seed_related( $kind, $ids ) {
	switch ( $kind ) {
		case 'jetpack':
			return '<nav class="jp-relatedposts-i2 wp-block-jetpack-related-posts" data-layout="grid" aria-label="Related Posts"><ul class="jp-related-posts-i2__list" role="list">'
				. seed_items( $ids, '<li class="jp-related-posts-i2__post"><a id="related-posts-item-%4$d" href="%1$s" class="jp-related-posts-i2__post-link" rel="">%2$s</a></li>' ) . '</ul></nav>';
		case 'jp':
			return '<div id="jp-relatedposts" class="jp-relatedposts"><h3 class="jp-relatedposts-headline"><em>Related</em></h3><div class="jp-relatedposts-items">'
				. seed_items( $ids, '<div class="jp-relatedposts-post jp-relatedposts-post%3$d" data-post-id="%4$d"><h4 class="jp-relatedposts-post-title"><a class="jp-relatedposts-post-a" href="%1$s">%2$s</a></h4></div>' ) . '</div></div>';
		case 'yarpp':
			return "<div class='yarpp yarpp-related yarpp-related-website yarpp-template-list'>\n<h3>Related posts:</h3><ol>\n"
				. seed_items( $ids, "<li><a href=\"%1\$s\" rel=\"bookmark\" title=\"%2\$s\">%2\$s</a> <small>A few words on the subject...</small></li>\n" ) . "</ol>\n</div>";
		case 'yarppthumbs':
			return "<div class='yarpp yarpp-related yarpp-template-thumbnails'><h3>You might also like</h3><div class=\"yarpp-thumbnails-horizontal\">"
				. seed_items( $ids, '<a class="yarpp-thumbnail" rel="norewrite" href="%1$s" title="%2$s"><span class="yarpp-thumbnail-title">%2$s</span></a>' ) . '</div></div>';
		case 'crp':
			return '<div class="crp_related crp-text-only"><h2>Related Posts:</h2><ul>'
				. seed_items( $ids, '<li><a href="%1$s" class="crp_link post-%4$d"><span class="crp_title">%2$s</span></a></li>' ) . '</ul><div class="crp_clear"></div></div>';
		case 'irp':
			return '<!-- INLINE RELATED POSTS 1/1 //-->'
				. seed_items( $ids, '<div class="irp-wrap"><a href="%1$s" target="_blank" rel="dofollow" class="u8f2c"><div style="padding-left:1em; padding-right:1em;"><span class="ctaText">Related:</span>&nbsp; <span class="postTitle">%2$s</span></div></a></div>' ) . '<!-- INLINE RELATED POSTS END //-->';
		case 'hand':
			return "<h3>Related posts</h3>\n<ul>\n" . seed_items( $ids, "<li><a href=\"%1\$s\">%2\$s</a></li>\n" ) . '</ul>';
		case 'also':
			return "<p><strong>You may also like</strong></p>\n<ul>\n" . seed_items( $ids, "<li><a href=\"%1\$s\">%2\$s</a></li>\n" ) . '</ul>';
		case 'spanish':
			return "<h4>Artículos relacionados</h4>\n<ul>\n" . seed_items( $ids, "<li><a href=\"%1\$s\">%2\$s</a></li>\n" ) . '</ul>';
		case 'read':
			return trim( seed_items( $ids, "<p>Read also: <a href=\"%1\$s\">%2\$s</a></p>\n" ) );
		case 'latest':
			return '<!-- wp:latest-posts {"postsToShow":3,"displayPostDate":true} /-->';
		case 'query':
			return '<!-- wp:query {"queryId":7,"query":{"perPage":3,"pages":0,"offset":0,"postType":"post","order":"desc","orderBy":"date","sticky":"","inherit":false}} --><div class="wp-block-query"><!-- wp:post-template --><!-- wp:post-title {"isLink":true} /--><!-- /wp:post-template --></div><!-- /wp:query -->';
		case 'embed':
			return implode( "\n\n", array_map( function ( $id ) {
				$url = seed_url( 'own', $id );
				return "<!-- wp:embed {\"url\":\"$url\",\"type\":\"wp-embed\",\"providerNameSlug\":\"stillwater\"} -->\n<figure class=\"wp-block-embed is-type-wp-embed is-provider-stillwater wp-block-embed-stillwater\"><div class=\"wp-block-embed__wrapper\">\n$url\n</div></figure>\n<!-- /wp:embed -->";
			}, $ids ) );
		case 'rpwrap':
			return '<div class="wp_rp_wrap wp_rp_plain"><div class="wp_rp_content"><h3 class="related_post_title">More from our clinic</h3><ul class="related_post wp_rp">'
				. seed_items( $ids, '<li data-position="%3$d" data-poid="in-%4$d"><a href="%1$s" class="wp_rp_title">%2$s</a></li>' ) . '</ul></div></div>';
	}
	throw new Exception( "seed: no kind of related posts called $kind" );
}
