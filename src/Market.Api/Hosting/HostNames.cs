using Microsoft.AspNetCore.HostFiltering;

namespace Market.Api.Hosting;

/// <summary>The names that this market answers to. A page of somebody else's, whose name was made to point here (DNS
/// rebinding), and a market in between that hands its visitors' requests on, come under other names and are refused: what
/// traders sign names the host that they asked.</summary>
public static class HostNames
{
    private static readonly string[] OfThisMachine = ["localhost", "127.0.0.1", "[::1]"];
    private static readonly string[] OfAnyAddress = ["*", "+", "0.0.0.0", "[::]"];

    /// <summary>Whether requests under any name are answered: nobody said which there are.</summary>
    public static bool TakesAny(ServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.Hosts.IsEmpty && OfAnyAddress.Contains(ListensOn(options));
    }

    /// <summary>Names them to the framework's own filter, which stands before everything else in a server that is built by
    /// <see cref="WebApplication"/>.</summary>
    public static void AddHostNames(this IServiceCollection services, ServerOptions options) =>
        services.AddHostFiltering(filter =>
        {
            filter.AllowEmptyHosts = false;
            filter.IncludeFailureMessage = false;
            filter.AllowedHosts = TakesAny(options) ? ["*"] : [.. OfThisMachine, ListensOn(options), .. options.Hosts];
        });

    // "http://*:80" is no URI to the parser.
    private static string ListensOn(ServerOptions options)
    {
        var rest = options.Urls[(options.Urls.IndexOf("://", StringComparison.Ordinal) + 3)..];
        return rest.StartsWith('[') ? rest[..(rest.IndexOf(']', StringComparison.Ordinal) + 1)] : rest.Split('/')[0].Split(':')[0];
    }
}
