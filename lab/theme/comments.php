<?php
/** The comments under a post. */

if ( post_password_required() ) {
	return;
}
if ( have_comments() ) {
	echo '<section id="comments" class="comments-container"><ol class="comment-list">';
	wp_list_comments();
	echo '</ol></section>';
}
comment_form();
