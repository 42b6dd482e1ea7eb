<?php
/** Categories as they grow in ten years without anyone in charge, tags, and conditions. */

function seed_term( $taxonomy, $key, $name, $slug, $parent = '', $description = '' ) {
	$group = array( 'category' => 'categories', 'post_tag' => 'tags', 'condition' => 'conditions' )[ $taxonomy ];
	$made  = wp_insert_term( wp_slash( $name ), $taxonomy, array(
		'slug' => $slug, 'description' => $description, 'parent' => $parent ? seed_id( $group, $parent ) : 0,
	) );
	return seed_name( $group, $key, is_wp_error( $made ) ? $made : $made['term_id'] );
}

function seed_terms() {
	global $wpdb;
	// The first category was "Uncategorized" once; it is localised and no longer the default.
	wp_update_term( 1, 'category', array( 'name' => 'Sin categoría', 'slug' => 'sin-categoria' ) );
	seed_name( 'categories', 'uncategorized', 1 );
	$categories = array(
		array( 'sleep', 'Sleep', 'sleep', '', 'Everything about <em>resting</em> well.' ),
		array( 'insomnia', 'Insomnia', 'insomnia', 'sleep' ),
		array( 'apnea', 'Sleep Apnea', 'sleep-apnea', 'sleep' ),
		array( 'chronic-pain', 'Chronic Pain', 'chronic-pain' ),
		array( 'back-pain', 'Back Pain', 'back-pain', 'chronic-pain' ),
		array( 'nerve-pain', 'Nerve Pain', 'nerve-pain', 'chronic-pain' ),
		array( 'migraine', 'Migraine', 'migraine', 'chronic-pain' ),
		array( 'cbt-i', 'CBT-I', 'cbt-i', 'insomnia' ), // third level
		array( 'chronic-pain-lower', 'chronic pain', 'chronic-pain-2' ),
		array( 'nerve-pain-lower', 'nerve pain', 'nerve-pain-2' ),
		array( 'back-pains', 'Back Pains', 'back-pains' ),
		array( 'migraines', 'Migraines', 'migraines' ),
		array( 'migraine-under-sleep', 'Migraine', 'migraine-sleep', 'sleep' ),
		array( 'pain-amp-sleep', 'Pain & Sleep', 'pain-sleep' ),
		array( 'pain-and-sleep', 'Pain and Sleep', 'pain-and-sleep' ),
		array( 'dolor-cronico', 'Dolor crónico', 'dolor-cronico' ),
		array( 'sueno', 'Sueño', 'sueno' ),
		array( 'fibromyalgia', 'Fibromyalgia', 'fibromyalgia' ),
		array( 'headache-clinic', 'Headache Clinic', 'headache-clinic' ), // empty
		array( 'events', 'Events', 'events' ), // empty with an empty child
		array( 'webinars', 'Webinars', 'webinars', 'events' ),
		array( 'clinic-news', 'Clinic News', 'clinic-news' ),
		array( 'patient-stories', 'Patient Stories', 'patient-stories' ),
		array( 'seniors', 'Seniors', 'seniors' ), // one post
		array( 'travel', 'Travel', 'travel' ), // one post
		array( 'japanese', '痛みと睡眠', '' ),
		array( 'relaxation', 'Relaxation & Breathing', 'relaxation-breathing' ),
		array( 'updates', 'Clinic Updates', 'clinic-updates', 'clinic-news' ),
		array( 'quotes', 'Dr. O’Hara’s “Corner”', 'dr-oharas-corner' ),
		array( 'orphan', 'Orphaned Topic', 'orphaned-topic' ),
		array( 'pain-amp-sleep-raw', 'Pain + Sleep', 'pain-sleep-2' ),
		array( 'fibromyalgia-space', 'Fibromyalgia Two', 'fibromyalgia-2' ),
	);
	foreach ( $categories as $category ) {
		seed_term( 'category', ...$category );
	}
	update_option( 'default_category', seed_id( 'categories', 'clinic-news' ) );
	// What no form would accept, but imports and old versions leave behind.
	$wpdb->update( $wpdb->term_taxonomy, array( 'parent' => 9999 ), array( 'term_id' => seed_id( 'categories', 'orphan' ) ) );
	$wpdb->update( $wpdb->terms, array( 'name' => 'Pain & Sleep' ), array( 'term_id' => seed_id( 'categories', 'pain-amp-sleep-raw' ) ) );
	$wpdb->update( $wpdb->terms, array( 'name' => 'Fibromyalgia ' ), array( 'term_id' => seed_id( 'categories', 'fibromyalgia-space' ) ) );

	$tags = array(
		array( 'pain-diary', 'pain diary', 'pain-diary' ), array( 'pain-diary-hyphen', 'pain-diary', 'pain-diary-2' ),
		array( 'insomnia-tips', 'Insomnia Tips', 'insomnia-tips' ), array( 'melatonin', 'melatonin', 'melatonin' ),
		array( 'nerve-pain', 'Nerve Pain', 'nerve-pain' ), // the name and slug of a category
		array( 'physiotherapy', 'physiotherapy', 'physiotherapy' ), array( 'physio', 'Physio', 'physio' ),
		array( 'caffeine', 'caffeine', 'caffeine' ), array( 'cpap', 'CPAP', 'cpap' ), array( 'naps', 'naps', 'naps' ),
		array( 'q-and-a', 'Q&A', 'qa' ), array( 'espanol', 'Español', 'espanol' ), array( 'unused', 'never used', 'never-used' ),
		array( 'emoji', '😴 rest', 'rest' ), array( 'shift-work', 'shift work', 'shift-work' ),
		array( 'exercise', 'exercise', 'exercise' ), array( 'children', 'children', 'children' ), array( 'winter', 'winter', 'winter' ),
	);
	foreach ( $tags as $tag ) {
		seed_term( 'post_tag', ...$tag );
	}

	$conditions = array(
		array( 'spine', 'Spine', 'spine' ), array( 'lower-back', 'Lower Back', 'lower-back', 'spine' ),
		array( 'neck', 'Neck', 'neck', 'spine' ), array( 'head', 'Head', 'head' ), array( 'tension', 'Tension & Cluster', 'tension-cluster', 'head' ),
		array( 'sleep-disorders', 'Sleep Disorders', 'sleep-disorders' ), array( 'restless-legs', 'Restless Legs', 'restless-legs', 'sleep-disorders' ),
	);
	foreach ( $conditions as $condition ) {
		seed_term( 'condition', ...$condition );
	}
}
