"""One folder per Lambda function; `shared` holds the code that several functions or tools use."""
