"""WordPress as a target, over its REST API with an application password."""
