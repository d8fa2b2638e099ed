using System.CommandLine;

namespace Market.Cli.Verbs;

/// <summary>`market keys`: API keys of the wallet's account, for bots and dashboards.</summary>
internal static class KeysCommand
{
    /// <summary>The verb.</summary>
    public static Command Build() => new("keys", "API keys of the account, for bots and dashboards that shall not have the wallet")
    {
        KeysCreateCommand.Build(), KeysListCommand.Build(), KeysRevokeCommand.Build(),
    };
}
