<?php
/** Media, uploaded through WordPress: images drawn here, a PDF, a text, a file gone missing. */

/** Draws a picture that is the same on every run. */
function seed_picture( $width, $height, $shade, $type ) {
	$picture = imagecreatetruecolor( $width, $height );
	for ( $line = 0; $line < $height; $line += 4 ) {
		$tone  = (int) ( 60 + 150 * $line / $height );
		$color = imagecolorallocate( $picture, ( $tone + $shade ) % 256, ( $tone + 2 * $shade ) % 256, min( 255, $tone + 60 ) );
		imagefilledrectangle( $picture, 0, $line, $width, $line + 3, $color );
	}
	$ring = imagecolorallocate( $picture, 250, 245, 230 );
	imagefilledellipse( $picture, (int) ( $width / 2 ), (int) ( $height / 2 ), (int) ( $width / 3 ), (int) ( $height / 3 ), $ring );
	ob_start();
	if ( 'png' === $type ) {
		imagepng( $picture, null, 9 );
	} elseif ( 'gif' === $type ) {
		imagegif( $picture );
	} else {
		imagejpeg( $picture, null, 70 );
	}
	imagedestroy( $picture );
	return ob_get_clean();
}

/** The smallest PDF that readers open. */
function seed_pdf( $line ) {
	$objects = array(
		'<< /Type /Catalog /Pages 2 0 R >>',
		'<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
		'<< /Type /Page /Parent 2 0 R /MediaBox [0 0 420 595] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
		"<< /Length " . ( strlen( $line ) + 32 ) . " >>\nstream\nBT /F1 14 Tf 40 520 Td ($line) Tj ET\nendstream",
		'<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
	);
	$pdf   = "%PDF-1.4\n";
	$table = "xref\n0 6\n0000000000 65535 f \n";
	foreach ( $objects as $index => $object ) {
		$table .= sprintf( "%010d 00000 n \n", strlen( $pdf ) );
		$pdf   .= ( $index + 1 ) . " 0 obj\n$object\nendobj\n";
	}
	return $pdf . $table . "trailer << /Size 6 /Root 1 0 R >>\nstartxref\n" . strlen( $pdf ) . "\n%%EOF\n";
}

function seed_upload( $id, $key, $name, $bytes, $date, $title, $alt = '', $caption = '', $parent = 0 ) {
	// Not wp_upload_bits(): in some versions it makes names unique against other endings.
	$folder = wp_upload_dir( substr( $date, 0, 7 ) );
	$folder = wp_upload_dir( str_replace( '-', '/', substr( $date, 0, 7 ) ) );
	wp_mkdir_p( $folder['path'] );
	$file = $folder['path'] . '/' . $name;
	file_put_contents( $file, $bytes );
	$type = wp_check_filetype( $name );
	$made = wp_insert_attachment( wp_slash( array(
		'import_id' => $id, 'post_title' => $title, 'post_excerpt' => $caption, 'post_mime_type' => $type['type'],
		'post_date' => $date, 'post_date_gmt' => get_gmt_from_date( $date ), 'post_author' => 1, 'post_status' => 'inherit',
		'guid' => $folder['url'] . '/' . $name, 'post_content' => $caption ? "Description: $caption" : '',
	) ), $file, $parent );
	wp_update_attachment_metadata( $made, wp_generate_attachment_metadata( $made, $file ) );
	if ( $alt ) {
		update_post_meta( $made, '_wp_attachment_image_alt', $alt );
	}
	return seed_name( 'media', $key, $made );
}

function seed_media() {
	$quiet = 'A quiet room with blue light';
	seed_upload( 20, 'waiting-room', 'waiting-room.jpg', seed_picture( 1200, 800, 10, 'jpg' ), '2013-04-02 10:00:00', 'Waiting room', 'The waiting room in the morning', 'Our waiting room & its <em>old</em> clock' );
	seed_upload( 21, 'night-ward', 'night-ward.jpg', seed_picture( 1600, 1000, 40, 'jpg' ), '2014-09-15 11:30:00', 'Night ward', $quiet, $quiet );
	seed_upload( 22, 'chart', 'chart.png', seed_picture( 640, 480, 80, 'png' ), '2015-02-20 09:00:00', 'Pain chart', 'A hand-drawn pain chart' );
	// The same base name in two months.
	seed_upload( 23, 'team-2016', 'team.jpg', seed_picture( 900, 600, 120, 'jpg' ), '2016-05-03 15:00:00', 'The team', 'Seven people on a stair' );
	seed_upload( 24, 'team-2018', 'team.jpg', seed_picture( 900, 600, 160, 'jpg' ), '2018-06-04 15:00:00', 'The team', 'Nine people on the same stair' );
	seed_upload( 25, 'big', 'lobby-panorama.jpg', seed_picture( 3000, 1200, 20, 'jpg' ), '2019-01-08 08:00:00', 'Lobby panorama', 'The lobby, very wide' );
	seed_upload( 26, 'missing-file', 'old-entrance.jpg', seed_picture( 800, 600, 60, 'jpg' ), '2013-11-11 12:00:00', 'Old entrance', 'The entrance before the move' );
	seed_upload( 27, 'non-ascii', 'schlaf-übung-日本.jpg', seed_picture( 700, 500, 90, 'jpg' ), '2020-03-09 10:10:00', 'Schlafübung', 'Übung im Liegen' );
	seed_upload( 28, 'pdf', 'intake-form.pdf', seed_pdf( 'Stillwater intake form: please bring your sleep diary.' ), '2017-10-10 10:00:00', 'Intake form' );
	seed_upload( 29, 'text', 'sleep-diary.txt', "Day;Bed;Up;Pain 0-10\nMon;22:40;06:30;4\nTue;23:10;06:20;5\n", '2017-10-10 10:05:00', 'Sleep diary' );
	seed_upload( 30, 'gif', 'breathing.gif', seed_picture( 320, 240, 200, 'gif' ), '2021-07-01 09:00:00', 'Breathing' );
	seed_upload( 31, 'spaced', 'IMG 0042 (1).jpg', seed_picture( 500, 400, 220, 'jpg' ), '2022-02-02 14:00:00', 'IMG 0042 (1)' );
	seed_upload( 32, 'garden', 'garden.jpg', seed_picture( 1024, 768, 140, 'jpg' ), '2023-05-20 07:45:00', 'Garden', 'The therapy garden in May', 'The garden behind the clinic' );

	// Its record stays in the library while every file of it is gone.
	$file = get_attached_file( 26 );
	array_map( 'unlink', glob( dirname( $file ) . '/old-entrance*' ) );
}
