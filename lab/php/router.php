<?php
/** Routes a request of PHP's built-in server as Apache with WordPress's rewrite rules would. */

$lab = json_decode( file_get_contents( getenv( 'WP_SYNC_LAB_SITE' ) ), true );

/** Sends a file with what a download needs to be checked and resumed. */
function lab_send_file( $file ) {
	$types = array(
		'css' => 'text/css', 'js' => 'text/javascript', 'json' => 'application/json',
		'jpg' => 'image/jpeg', 'jpeg' => 'image/jpeg', 'png' => 'image/png', 'gif' => 'image/gif',
		'webp' => 'image/webp', 'avif' => 'image/avif', 'svg' => 'image/svg+xml', 'txt' => 'text/plain',
		'html' => 'text/html', 'xml' => 'text/xml', 'pdf' => 'application/pdf', 'mp3' => 'audio/mpeg',
		'mp4' => 'video/mp4', 'woff2' => 'font/woff2', 'zip' => 'application/zip',
	);
	$ending = strtolower( pathinfo( $file, PATHINFO_EXTENSION ) );
	clearstatcache();
	$size = filesize( $file );
	$etag = sprintf( '"%x-%x"', filemtime( $file ), $size );
	header( 'Content-Type: ' . ( $types[ $ending ] ?? 'application/octet-stream' ) );
	header( 'Accept-Ranges: bytes' );
	header( 'ETag: ' . $etag );
	header( 'Last-Modified: ' . gmdate( 'D, d M Y H:i:s', filemtime( $file ) ) . ' GMT' );
	if ( ( $_SERVER['HTTP_IF_NONE_MATCH'] ?? '' ) === $etag ) {
		http_response_code( 304 );
		return;
	}
	$first = 0;
	$last  = $size - 1;
	$same  = ! isset( $_SERVER['HTTP_IF_RANGE'] ) || $_SERVER['HTTP_IF_RANGE'] === $etag;
	if ( $same && preg_match( '/^bytes=(\d*)-(\d*)$/', $_SERVER['HTTP_RANGE'] ?? '', $range ) && '-' !== $range[1] . '-' . $range[2] ) {
		$first = '' === $range[1] ? max( 0, $size - (int) $range[2] ) : (int) $range[1];
		$last  = '' === $range[1] || '' === $range[2] ? $last : min( $last, (int) $range[2] );
		if ( $first > $last ) {
			http_response_code( 416 );
			header( "Content-Range: bytes */$size" );
			return;
		}
		http_response_code( 206 );
		header( "Content-Range: bytes $first-$last/$size" );
	}
	header( 'Content-Length: ' . ( $last - $first + 1 ) );
	if ( 'HEAD' === $_SERVER['REQUEST_METHOD'] ) {
		return;
	}
	$handle = fopen( $file, 'rb' );
	fseek( $handle, $first );
	for ( $left = $last - $first + 1; $left > 0 && ! feof( $handle ); ) {
		$block = fread( $handle, min( 65536, $left ) );
		$left -= strlen( $block );
		echo $block;
	}
	fclose( $handle );
}

if ( '/.lab' === $_SERVER['REQUEST_URI'] ) {
	echo $lab['content']; // tells the lab that it reached its own server
	return true;
}
$path   = rawurldecode( strtok( $_SERVER['REQUEST_URI'], '?' ) );
$folder = $lab['folder']; // "" or "/blog"
if ( '' !== $folder ) {
	if ( 0 !== strpos( $path . '/', $folder . '/' ) ) {
		// The site lives in a subfolder; what lies beside it is somebody else's.
		http_response_code( '/' === $path ? 200 : 404 );
		echo "<!doctype html><title>Stillwater</title><p>Our <a href=\"$folder/\">blog</a> is over there.</p>";
		return true;
	}
	$path = substr( $path, strlen( $folder ) ) ?: '/';
}
if ( false !== strpos( $path, '..' ) || false !== strpos( $path, "\0" ) ) {
	http_response_code( 400 );
	return true;
}

$code = $_SERVER['DOCUMENT_ROOT'];
$file = 0 === strpos( $path, '/wp-content/' ) ? $lab['content'] . substr( $path, 11 ) : $code . $path;
if ( is_dir( $file ) && is_file( rtrim( $file, '/' ) . '/index.php' ) && '/' !== $path ) {
	$path = rtrim( $path, '/' ) . '/index.php';
	$file = rtrim( $file, '/' ) . '/index.php';
}
if ( is_file( $file ) && '.php' !== substr( $file, -4 ) ) {
	lab_send_file( $file );
	return true;
}
if ( ! is_file( $file ) ) {
	$path = '/index.php';
	$file = $code . $path;
}
$_SERVER['SCRIPT_NAME']     = $folder . $path;
$_SERVER['PHP_SELF']        = $folder . $path;
$_SERVER['SCRIPT_FILENAME'] = $file;
unset( $_SERVER['PATH_INFO'], $lab, $code, $folder, $path );
chdir( dirname( $file ) );
require $file;
