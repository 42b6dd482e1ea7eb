<?php
/** The one template: a list of excerpts, or a single post or page with the theme's trimmings. */

?><!doctype html>
<html <?php language_attributes(); ?>>
<head>
<meta charset="<?php bloginfo( 'charset' ); ?>">
<meta name="viewport" content="width=device-width, initial-scale=1">
<?php wp_head(); ?>
</head>
<body <?php body_class(); ?>>
<header class="fusion-header-wrapper"><a class="fusion-logo-link" href="<?php echo esc_url( home_url( '/' ) ); ?>"><?php bloginfo( 'name' ); ?></a>
<nav class="fusion-main-menu"><?php wp_nav_menu( array( 'theme_location' => 'main_navigation', 'fallback_cb' => false ) ); ?></nav></header>
<?php if ( is_singular() ) : ?>
<div class="fusion-page-title-bar"><h1 class="entry-title"><?php the_title(); ?></h1></div>
<?php endif; ?>
<main id="main" class="clearfix">
<?php while ( have_posts() ) : the_post(); ?>
<article id="post-<?php the_ID(); ?>" <?php post_class(); ?>>
	<?php if ( is_singular() ) : ?>
<h2 class="entry-title fusion-post-title"><?php the_title(); ?></h2>
<div class="post-content"><?php the_content(); ?></div>
		<?php
		if ( is_singular( 'post' ) ) {
			stillwater_meta();
			stillwater_related();
		}
		comments_template();
		?>
	<?php else : ?>
<h2 class="entry-title fusion-post-title"><a href="<?php the_permalink(); ?>"><?php the_title(); ?></a></h2>
<div class="fusion-post-content-container"><?php the_excerpt(); ?></div>
		<?php stillwater_meta(); ?>
	<?php endif; ?>
</article>
<?php endwhile; ?>
<?php if ( ! have_posts() && is_404() ) : ?>
<p>Oops, this page could not be found.</p>
<?php endif; ?>
</main>
<footer class="fusion-footer"><p>Stillwater Sleep &amp; Pain Clinic</p></footer>
<?php wp_footer(); ?>
</body>
</html>
