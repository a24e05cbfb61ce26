import { StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { Orders } from './Orders';

function App() {
  const [isShown, setShown] = useState(true);
  return (
    <>
      <h1>Orders</h1>
      <button id="toggle" onClick={() => setShown(!isShown)}>{isShown ? 'Hide' : 'Show'}</button>
      {isShown && <Orders />}
    </>
  );
}

createRoot(document.getElementById('root')!).render(<StrictMode><App /></StrictMode>);
