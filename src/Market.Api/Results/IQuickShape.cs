namespace Market.Api.Results;

/// <summary>A validator that knows the commonest requests at a glance, which its rules would cost more than all else that is done
/// for their shape. Its rules alone say what is wrong with a request.</summary>
/// <typeparam name="T">The request.</typeparam>
public interface IQuickShape<in T>
{
    /// <summary>Whether the rules find nothing wrong. False says nothing: then they are asked.</summary>
    bool IsPlain(T request);
}
