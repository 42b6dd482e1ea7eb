<?php
/** What the theme supports, and the pieces of markup that its templates share. */

add_action( 'after_setup_theme', function () {
	add_theme_support( 'title-tag' );
	add_theme_support( 'post-thumbnails' );
	add_theme_support( 'automatic-feed-links' );
	add_theme_support( 'html5', array( 'gallery', 'caption' ) );
	register_nav_menus( array( 'main_navigation' => 'Main Navigation' ) );
} );

/** The meta line under a post: author, date, categories. */
function stillwater_meta() {
	?>
<div class="fusion-meta-info"><div class="fusion-meta-info-wrapper">By <span class="vcard"><span class="fn"><a href="<?php echo esc_url( get_author_posts_url( get_the_author_meta( 'ID' ) ) ); ?>" title="Posts by <?php the_author(); ?>" rel="author"><?php the_author(); ?></a></span></span><span class="fusion-inline-sep">|</span><span class="updated rich-snippet-hidden"><?php the_modified_time( 'c' ); ?></span><span><?php the_time( 'F jS, Y' ); ?></span><span class="fusion-inline-sep">|</span>Categories: <?php the_category( ', ' ); ?><span class="fusion-inline-sep">|</span><span class="fusion-comments"><?php comments_number( '0 Comments', '1 Comment', '% Comments' ); ?></span></div></div>
	<?php
}

/** The carousel of related posts that exists on the page only, never in the post's content. */
function stillwater_related() {
	$others = new WP_Query( array(
		'category__in' => wp_get_post_categories( get_the_ID() ), 'post__not_in' => array( get_the_ID() ),
		'posts_per_page' => 4, 'orderby' => array( 'date' => 'DESC', 'ID' => 'DESC' ),
		'ignore_sticky_posts' => true, 'no_found_rows' => true,
	) );
	if ( ! $others->have_posts() ) {
		return;
	}
	?>
<section class="related-posts single-related-posts">
<div class="fusion-title fusion-title-size-three sep-double"><h3 class="title-heading-left">Related Posts</h3></div>
<div class="awb-carousel awb-swiper fusion-carousel" data-imagesize="fixed"><div class="fusion-carousel-positioner"><ul class="fusion-carousel-holder">
	<?php foreach ( $others->posts as $other ) : ?>
<li class="fusion-carousel-item"><div class="fusion-carousel-item-wrapper"><div class="fusion-image-wrapper"><a class="fusion-link-wrapper" href="<?php echo esc_url( get_permalink( $other ) ); ?>" aria-label="<?php echo esc_attr( get_the_title( $other ) ); ?>"></a></div><h4 class="fusion-carousel-title"><a class="fusion-related-posts-title-link" href="<?php echo esc_url( get_permalink( $other ) ); ?>" target="_self" title="<?php echo esc_attr( get_the_title( $other ) ); ?>"><?php echo get_the_title( $other ); ?></a></h4><div class="fusion-carousel-meta"><span class="fusion-date"><?php echo get_the_date( 'F jS, Y', $other ); ?></span></div></div></li>
	<?php endforeach; ?>
</ul></div></div>
</section>
	<?php
}
