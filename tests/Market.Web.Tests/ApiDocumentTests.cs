using System.Text;
using System.Text.Json;

namespace Market.Web.Tests;

public sealed class ApiDocumentTests
{
    [Fact]
    public void References_are_followed_and_shapes_named()
    {
        var document = ApiDocument.Read(Encoding.UTF8.GetBytes(
            """
            { "openapi": "3.1.0", "info": { "title": "T", "version": "1" },
              "paths": { "/a/{id}": { "parameters": [{ "$ref": "#/components/parameters/Id" }],
                "get": { "tags": ["A"], "summary": "Reads", "responses": {
                  "200": { "description": "It.", "content": { "application/json": {
                    "schema": { "type": "array", "items": { "$ref": "#/components/schemas/Thing" } } } } },
                  "404": { "$ref": "#/components/responses/Gone" } } } } },
              "components": {
                "parameters": { "Id": { "name": "id", "in": "path", "required": true,
                  "schema": { "type": "string" } } },
                "responses": { "Gone": { "description": "Nothing there." } },
                "schemas": { "Thing": { "type": "object", "properties": {
                  "n": { "type": ["integer", "null"], "format": "int64" },
                  "kind": { "oneOf": [{ "type": "null" }, { "$ref": "#/components/schemas/Kind" }] } } },
                  "Kind": { "type": "string", "enum": ["x", "y"] } } } }
            """));
        var operation = Assert.Single(Assert.Single(document.Groups).Operations);
        Assert.Equal("get-a--id-", operation.Anchor);
        Assert.Equal(new ApiField("id", "string, in path", "", true), Assert.Single(operation.Parameters));
        Assert.Equal(["array of Thing", ""], operation.Responses.Select(r => r.Type));
        Assert.Equal("Nothing there.", operation.Responses[1].Description);
        Assert.False(operation.NeedsKey);
        Assert.Equal(["integer (int64)", "Kind"], document.Types[0].Fields.Select(f => f.Type));
        Assert.Equal(["x", "y"], document.Types[1].Values);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{ "paths": { "/a": { "get": 3 } }, "info": 1 }""")]
    [InlineData("""{ "paths": { "/a": { "get": { "parameters": [{ "$ref": "#/x/y" }], "responses": null } } } }""")]
    public void What_is_missing_is_left_out(string json) =>
        Assert.NotNull(ApiDocument.Read(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void What_is_not_JSON_is_an_error() =>
        Assert.ThrowsAny<JsonException>(() => ApiDocument.Read("<html>"u8.ToArray()));
}
