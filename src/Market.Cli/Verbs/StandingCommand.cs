using System.CommandLine;

namespace Market.Cli.Verbs;

/// <summary>`market standing`: what a key may do at a market, and how it earns more.</summary>
internal static class StandingCommand
{
    /// <summary>The verb.</summary>
    public static Command Build() => new("standing", "What the account may ask of the market, earned by work or by coins at stake")
    {
        StandingBondCommand.Build(), StandingTicketCommand.Build(),
        StandingShowCommand.Build(), StandingVerifyCommand.Build(), StandingTransferCommand.Build(),
    };
}
