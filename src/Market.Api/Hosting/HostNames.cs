using System.Collections.Frozen;
using Market.Api.Doors;
using Market.Api.Doors.Clients;
using Market.Api.Results;
using Market.Contracts;

namespace Market.Api.Hosting;

/// <summary>The names that this market answers to. Where it has names of its own, those that every machine has are for callers on
/// this machine alone: what is signed or solved for "localhost" would count at every market otherwise. A page of somebody
/// else's, whose name was made to point here (DNS rebinding), and a market in between that hands its visitors' requests on, come
/// under other names and are refused: what traders sign names the host that they asked.</summary>
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

    /// <summary>Refuses requests under other names. The framework's own filter stands before everything else and answers
    /// without a word: it lets all through, so that this one can say why.</summary>
    public static void AddHostNames(this IServiceCollection services) => services.AddHostFiltering(filter =>
    {
        filter.AllowEmptyHosts = true;
        filter.AllowedHosts = ["*"];
    });

    /// <summary>Stands before whatever looks at a request.</summary>
    public static void UseHostNames(this IApplicationBuilder app, ServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var any = TakesAny(options);
        var own = options.Hosts.ToFrozenSet(StringComparer.OrdinalIgnoreCase);
        var here = OfThisMachine.Append(ListensOn(options)).ToFrozenSet(StringComparer.OrdinalIgnoreCase);
        app.Use((context, next) => context.Request.Host is { HasValue: true } host
            && (any || own.Contains(host.Host) || (here.Contains(host.Host) && MayBeHere(context, host.Host, own)))
                ? next(context)
                : Answers.WriteAsync(context, new Refusal(ProblemCodes.UnknownHost)));
    }

    private static bool MayBeHere(HttpContext context, string name, FrozenSet<string> own) =>
        own.Count == 0 || !OfThisMachine.Contains(name, StringComparer.OrdinalIgnoreCase) || ClientAddress.Of(context).IsLoopback;

    // "http://*:80" is no URI to the parser.
    private static string ListensOn(ServerOptions options)
    {
        var rest = options.Urls[(options.Urls.IndexOf("://", StringComparison.Ordinal) + 3)..];
        return rest.StartsWith('[') ? rest[..(rest.IndexOf(']', StringComparison.Ordinal) + 1)] : rest.Split('/')[0].Split(':')[0];
    }
}
