using System.Reflection;
using System.Text;
using Markdig;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Market.Web;

/// <summary>Documents that travel inside of the program and are served by it: the protocol and its test vectors.</summary>
internal static class Documents
{
    private const string Folder = "docs/";
    private const string Protocol = "protocol.md";

    // Our own text, and no HTML in it all the same.
    private static readonly MarkdownPipeline Pipeline =
        new MarkdownPipelineBuilder().UsePipeTables().UseAutoIdentifiers().DisableHtml().Build();

    private static readonly Lazy<string> Rendered =
        new(() => Markdown.ToHtml(Encoding.UTF8.GetString(Read(Protocol)!), Pipeline));

    /// <summary>The protocol as HTML.</summary>
    public static string ProtocolHtml => Rendered.Value;

    /// <summary>Maps what is served as it is.</summary>
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/docs/" + Protocol, () => Results.Bytes(Read(Protocol)!, "text/markdown; charset=utf-8"))
            .ExcludeFromDescription();
        endpoints.MapGet("/docs/vectors/{file}", (string file) => Read("vectors/" + file) is { } vectors
            ? Results.Bytes(vectors, "application/json")
            : Results.NotFound()).ExcludeFromDescription();
    }

    /// <summary>A document by its name below docs; null where there is none.</summary>
    private static byte[]? Read(string name)
    {
        using var found = Assembly.GetExecutingAssembly().GetManifestResourceStream(Folder + name);
        if (found is null) return null;
        var bytes = new byte[found.Length];
        found.ReadExactly(bytes);
        return bytes;
    }
}
