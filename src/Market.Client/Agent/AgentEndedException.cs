namespace Market.Client.Agent;

/// <summary>An agent ended before its program did: nothing drives the swaps any more, and the program must end too.</summary>
/// <param name="inner">What the agent died of; null where it just returned.</param>
public sealed class AgentEndedException(Exception? inner) : Exception(
    $"The agent that drives the swaps has ended{(inner is null ? "." : $": {inner.Message}")} "
        + "What this program had in the book it has asked to be taken out; see what is left of it with: market orders. "
        + "Start again at once if swaps are under way: market swaps run",
    inner);
