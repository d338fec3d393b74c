"""The AWS side of a pipeline from one CloudFormation template: planned, made, followed, turned into an overlay."""
