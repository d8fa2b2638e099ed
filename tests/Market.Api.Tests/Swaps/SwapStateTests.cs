using Market.Api.Settlement;
using Market.Contracts;
using Market.Swaps;

namespace Market.Api.Tests.Swaps;

/// <summary>The wire knows nothing of the machine, so it names the machine's phases again.</summary>
public sealed class SwapStateTests
{
    [Fact]
    public void The_wire_has_a_state_of_the_same_name_for_each_phase_and_no_other()
    {
        var phases = Enum.GetValues<SwapPhase>();

        Assert.Equal(Enum.GetNames<SwapPhase>(), Enum.GetNames<SwapState>());
        Assert.All(phases, phase => Assert.Equal(phase.ToString(), SwapView.StateOf(phase).ToString()));
    }
}
